/* Waiting by the native functions: statuses, times, and how alertable waits end. */
#include "native.h"
#include <pthread.h>
#include <time.h>

static const LARGE_INTEGER at_once = {.QuadPart = 0};

static HANDLE event(EVENT_TYPE type, BOOLEAN signaled) {
    HANDLE made = NULL;
    IS(STATUS_SUCCESS, NtCreateEvent(&made, EVENT_ALL_ACCESS, NULL, type, signaled));
    return made;
}

/** The system's clock in steps of 100 ns since 1601. */
static LONGLONG now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (time.tv_sec + 11644473600ll) * 10000000 + time.tv_nsec / 100;
}

static void one_object(void) {
    HANDLE automatic = event(SynchronizationEvent, TRUE), weak = NULL;
    IS(STATUS_WAIT_0, NtWaitForSingleObject(automatic, FALSE, NULL));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(automatic, FALSE, &at_once));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(automatic, TRUE, &at_once));
    const LARGE_INTEGER past = {.QuadPart = 1}, soon = after(20), then = {.QuadPart = now() + 200000};
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(automatic, FALSE, &past));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(automatic, FALSE, &then));
    CHECK(now() >= then.QuadPart);
    const LONGLONG begun = now();
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(automatic, FALSE, &soon));
    CHECK(now() >= begun - soon.QuadPart);
    IS(STATUS_INVALID_HANDLE, NtWaitForSingleObject(NULL, FALSE, &at_once));
    IS(STATUS_SUCCESS, NtDuplicateObject(NtCurrentProcess(), automatic, NtCurrentProcess(), &weak, EVENT_MODIFY_STATE, 0, 0));
    IS(STATUS_ACCESS_DENIED, NtWaitForSingleObject(weak, FALSE, &at_once));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(NtCurrentThread(), FALSE, &at_once));
    IS(STATUS_SUCCESS, NtClose(weak));
    IS(STATUS_SUCCESS, NtClose(automatic));
}

static void several_objects(void) {
    HANDLE no = event(NotificationEvent, FALSE), yes = event(NotificationEvent, TRUE), handles[65];
    handles[0] = no;
    handles[1] = yes;
    handles[2] = yes;
    IS(STATUS_WAIT_0 + 1, NtWaitForMultipleObjects(2, handles, WaitAny, FALSE, NULL));
    IS(STATUS_TIMEOUT, NtWaitForMultipleObjects(2, handles, WaitAll, FALSE, &at_once));
    IS(STATUS_WAIT_0, NtWaitForMultipleObjects(1, handles + 1, WaitAll, FALSE, NULL));
    IS(STATUS_INVALID_PARAMETER_MIX, NtWaitForMultipleObjects(3, handles, WaitAll, FALSE, &at_once));
    IS(STATUS_WAIT_0 + 1, NtWaitForMultipleObjects(3, handles, WaitAny, FALSE, &at_once));
    IS(STATUS_INVALID_PARAMETER_1, NtWaitForMultipleObjects(0, NULL, (WAIT_TYPE)2, FALSE, NULL));
    IS(STATUS_INVALID_PARAMETER_1, NtWaitForMultipleObjects(65, handles, WaitAny, FALSE, NULL));
    IS(STATUS_INVALID_PARAMETER_3, NtWaitForMultipleObjects(2, NULL, (WAIT_TYPE)2, FALSE, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtWaitForMultipleObjects(2, NULL, WaitAny, FALSE, NULL));
    IS(STATUS_DATATYPE_MISALIGNMENT, NtWaitForMultipleObjects(1, (void *)((char *)handles + 4), WaitAny, FALSE, NULL));
    handles[2] = NtCurrentThread();
    IS(STATUS_INVALID_HANDLE, NtWaitForMultipleObjects(3, handles, WaitAny, FALSE, &at_once));
    IS(STATUS_SUCCESS, NtClose(no));
    IS(STATUS_SUCCESS, NtClose(yes));
}

static void *end_with(void *mutant) {
    IS(STATUS_SUCCESS, NtWaitForSingleObject(mutant, FALSE, NULL));
    return NULL;
}

static HANDLE abandoned(void) {
    HANDLE mutant = NULL;
    pthread_t thread;
    IS(STATUS_SUCCESS, NtCreateMutant(&mutant, MUTANT_ALL_ACCESS, NULL, FALSE));
    CHECK(pthread_create(&thread, NULL, end_with, mutant) == 0 && pthread_join(thread, NULL) == 0);
    return mutant;
}

static void abandoned_mutants(void) {
    HANDLE no = event(NotificationEvent, FALSE), mutant = abandoned(), handles[2] = {no, abandoned()};
    MUTANT_BASIC_INFORMATION state;
    IS(STATUS_SUCCESS, NtQueryMutant(mutant, MutantBasicInformation, &state, sizeof state, NULL));
    CHECK(state.CurrentCount == 1 && !state.OwnedByCaller && state.AbandonedState);
    IS(STATUS_ABANDONED_WAIT_0, NtWaitForSingleObject(mutant, FALSE, NULL));
    IS(STATUS_ABANDONED_WAIT_0 + 1, NtWaitForMultipleObjects(2, handles, WaitAny, TRUE, NULL));
    IS(STATUS_SUCCESS, NtClose(mutant));
    IS(STATUS_SUCCESS, NtClose(handles[0]));
    IS(STATUS_SUCCESS, NtClose(handles[1]));
}

static void signal_and_wait(void) {
    HANDLE one = event(SynchronizationEvent, FALSE), two = event(SynchronizationEvent, FALSE), mutant = NULL, timer = NULL;
    IS(STATUS_SUCCESS, NtCreateMutant(&mutant, MUTANT_ALL_ACCESS, NULL, FALSE));
    IS(STATUS_SUCCESS, NtCreateTimer(&timer, TIMER_ALL_ACCESS, NULL, NotificationTimer));
    IS(STATUS_WAIT_0, NtSignalAndWaitForSingleObject(one, one, FALSE, NULL));
    IS(STATUS_TIMEOUT, NtSignalAndWaitForSingleObject(one, two, TRUE, &at_once));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(one, FALSE, &at_once));
    IS(STATUS_MUTANT_NOT_OWNED, NtSignalAndWaitForSingleObject(mutant, two, FALSE, &at_once));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtSignalAndWaitForSingleObject(timer, two, FALSE, &at_once));
    IS(STATUS_INVALID_HANDLE, NtSignalAndWaitForSingleObject(NULL, two, FALSE, &at_once));
    IS(STATUS_INVALID_HANDLE, NtSignalAndWaitForSingleObject(one, NULL, FALSE, &at_once));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(one, FALSE, &at_once));
    IS(STATUS_SUCCESS, NtClose(one));
    IS(STATUS_SUCCESS, NtClose(two));
    IS(STATUS_SUCCESS, NtClose(mutant));
    IS(STATUS_SUCCESS, NtClose(timer));
}

static void delays(void) {
    const LARGE_INTEGER soon = after(20), then = {.QuadPart = now() + 200000};
    const LONGLONG begun = now();
    IS(STATUS_SUCCESS, NtDelayExecution(FALSE, &soon));
    CHECK(now() >= begun - soon.QuadPart);
    IS(STATUS_SUCCESS, NtDelayExecution(TRUE, &then));
    CHECK(now() >= then.QuadPart);
    IS(STATUS_SUCCESS, NtDelayExecution(FALSE, &at_once));
    IS(STATUS_ACCESS_VIOLATION, NtDelayExecution(TRUE, NULL));
}

int main(void) {
    one_object();
    several_objects();
    abandoned_mutants();
    signal_and_wait();
    delays();
    return done();
}
