/* Asynchronous procedure calls, alerts and completion routines by the native functions. */
#include "native.h"
#include <pthread.h>

static const LARGE_INTEGER at_once = {.QuadPart = 0};
static PVOID called_with[3];
static int calls;

static void NTAPI call(PVOID one, PVOID two, PVOID three) {
    called_with[0] = one;
    called_with[1] = two;
    called_with[2] = three;
    calls++;
}

static void calls_run_in_alertable_waits(void) {
    HANDLE no = NULL, yes = NULL;
    IS(STATUS_SUCCESS, NtCreateEvent(&no, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE));
    IS(STATUS_SUCCESS, NtCreateEvent(&yes, EVENT_ALL_ACCESS, NULL, NotificationEvent, TRUE));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, &calls, &no, &yes));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, &no, NULL, &calls));
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(no, FALSE, &at_once));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(yes, TRUE, NULL));
    CHECK(calls == 0);
    IS(STATUS_USER_APC, NtWaitForSingleObject(no, TRUE, NULL));
    CHECK(calls == 2 && called_with[0] == &no && called_with[1] == NULL && called_with[2] == &calls);
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, NULL, NULL, NULL));
    IS(STATUS_USER_APC, NtWaitForMultipleObjects(1, &no, WaitAll, TRUE, NULL));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, NULL, NULL, NULL));
    IS(STATUS_USER_APC, NtSignalAndWaitForSingleObject(yes, no, TRUE, NULL));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, NULL, NULL, NULL));
    IS(STATUS_SUCCESS, NtDelayExecution(FALSE, &at_once));
    CHECK(calls == 4);
    IS(STATUS_USER_APC, NtDelayExecution(TRUE, &at_once));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, NULL, NULL, NULL));
    IS(STATUS_SUCCESS, NtTestAlert());
    CHECK(calls == 6);
    IS(STATUS_SUCCESS, NtTestAlert());
    CHECK(calls == 6);
    IS(STATUS_SUCCESS, NtClose(no));
    IS(STATUS_SUCCESS, NtClose(yes));
}

static void alerts_end_waits_without_a_call(void) {
    const LARGE_INTEGER hour = after(3600000);
    HANDLE no = NULL;
    calls = 0;
    IS(STATUS_SUCCESS, NtCreateEvent(&no, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE));
    IS(STATUS_SUCCESS, NtQueueApcThread(NtCurrentThread(), call, NULL, NULL, NULL));
    IS(STATUS_SUCCESS, NtAlertThread(NtCurrentThread()));
    IS(STATUS_ALERTED, NtWaitForSingleObject(no, TRUE, NULL));
    CHECK(calls == 0);
    IS(STATUS_USER_APC, NtWaitForSingleObject(no, TRUE, NULL));
    IS(STATUS_SUCCESS, NtAlertThread(NtCurrentThread()));
    IS(STATUS_ALERTED, NtDelayExecution(TRUE, &hour));
    IS(STATUS_SUCCESS, NtAlertThread(NtCurrentThread()));
    IS(STATUS_ALERTED, NtTestAlert());
    IS(STATUS_SUCCESS, NtTestAlert());
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(no, TRUE, &at_once));
    IS(STATUS_SUCCESS, NtClose(no));
}

/** What another thread is asked for. */
struct other {
    HANDLE self, ready;
    NTSTATUS first, second;
};

static void *wait_twice(void *argument) {
    struct other *other = argument;
    const LARGE_INTEGER hour = after(3600000);
    NtDuplicateObject(NtCurrentProcess(), NtCurrentThread(), NtCurrentProcess(), &other->self, 0, 0, DUPLICATE_SAME_ACCESS);
    NtSetEvent(other->ready, NULL);
    other->first = NtDelayExecution(TRUE, &hour);
    NtSetEvent(other->ready, NULL);
    other->second = NtWaitForSingleObject(NtCurrentProcess(), TRUE, NULL);
    return NULL;
}

static void other_threads_are_called_and_alerted(void) {
    struct other other = {NULL, NULL, -1, -1};
    HANDLE weak = NULL, process = NULL;
    pthread_t thread;
    calls = 0;
    IS(STATUS_SUCCESS, NtCreateEvent(&other.ready, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE));
    CHECK(pthread_create(&thread, NULL, wait_twice, &other) == 0);
    IS(STATUS_SUCCESS, NtWaitForSingleObject(other.ready, FALSE, NULL));
    IS(STATUS_INVALID_PARAMETER, NtQueueApcThread(other.self, NULL, NULL, NULL, NULL));
    IS(STATUS_INVALID_HANDLE, NtQueueApcThread(NULL, call, NULL, NULL, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtQueueApcThread(other.ready, call, NULL, NULL, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtAlertThread(NtCurrentProcess()));
    IS(STATUS_SUCCESS, NtDuplicateObject(NtCurrentProcess(), other.self, NtCurrentProcess(), &weak, THREAD_SET_CONTEXT, 0, 0));
    IS(STATUS_ACCESS_DENIED, NtAlertThread(weak));
    IS(STATUS_SUCCESS, NtClose(weak));
    IS(STATUS_SUCCESS,
       NtDuplicateObject(NtCurrentProcess(), other.self, NtCurrentProcess(), &weak, SYNCHRONIZE | THREAD_ALERT, 0, 0));
    IS(STATUS_ACCESS_DENIED, NtQueueApcThread(weak, call, NULL, NULL, NULL));
    IS(STATUS_SUCCESS, NtQueueApcThread(other.self, call, &other, &weak, &process));
    IS(STATUS_SUCCESS, NtWaitForSingleObject(other.ready, FALSE, NULL));
    IS(STATUS_SUCCESS, NtAlertThread(weak));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(other.first == STATUS_USER_APC && other.second == STATUS_ALERTED);
    CHECK(calls == 1 && called_with[0] == &other && called_with[1] == &weak && called_with[2] == &process);
    IS(STATUS_WAIT_0, NtWaitForSingleObject(weak, FALSE, NULL));
    IS(STATUS_UNSUCCESSFUL, NtQueueApcThread(other.self, call, NULL, NULL, NULL));
    IS(STATUS_SUCCESS, NtAlertThread(other.self));
    IS(STATUS_SUCCESS, NtClose(weak));
    IS(STATUS_SUCCESS, NtClose(other.self));
    IS(STATUS_SUCCESS, NtClose(other.ready));
}

static void NTAPI expired(PVOID context, ULONG low, LONG high) {
    *(LONGLONG *)context = (LONGLONG)high << 32 | low;
    calls++;
}

static void timers_call_whoever_has_set_them(void) {
    const LONGLONG year_2020 = 132223104000000000;
    const LARGE_INTEGER past = {.QuadPart = 1}, hour = after(3600000);
    HANDLE timer = NULL, no = NULL;
    BOOLEAN before = 7;
    LONGLONG at = 0;
    calls = 0;
    IS(STATUS_SUCCESS, NtCreateTimer(&timer, TIMER_ALL_ACCESS, NULL, NotificationTimer));
    IS(STATUS_SUCCESS, NtCreateEvent(&no, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE));
    IS(STATUS_SUCCESS, NtSetTimer(timer, &at_once, expired, &at, FALSE, 0, &before));
    CHECK(before == FALSE);
    IS(STATUS_USER_APC, NtWaitForSingleObject(no, TRUE, NULL));
    CHECK(calls == 1 && at > year_2020);
    IS(STATUS_SUCCESS, NtSetTimer(timer, &past, expired, &at, FALSE, 1, &before));
    CHECK(before == TRUE);
    IS(STATUS_USER_APC, NtWaitForSingleObject(no, TRUE, NULL));
    IS(STATUS_USER_APC, NtWaitForSingleObject(no, TRUE, NULL));
    CHECK(calls >= 3);
    IS(STATUS_SUCCESS, NtCancelTimer(timer, &before));
    CHECK(before == TRUE);
    calls = 0;
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(no, TRUE, &at_once));
    IS(STATUS_SUCCESS, NtSetTimer(timer, &at_once, expired, &at, FALSE, 0, NULL));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(timer, FALSE, NULL));
    IS(STATUS_SUCCESS, NtSetTimer(timer, &hour, NULL, NULL, FALSE, 0, &before));
    CHECK(before == TRUE);
    IS(STATUS_TIMEOUT, NtWaitForSingleObject(no, TRUE, &at_once));
    CHECK(calls == 0);
    IS(STATUS_SUCCESS, NtClose(timer));
    IS(STATUS_SUCCESS, NtClose(no));
}

int main(void) {
    calls_run_in_alertable_waits();
    alerts_end_waits_without_a_call();
    other_threads_are_called_and_alerted();
    timers_call_whoever_has_set_them();
    return done();
}
