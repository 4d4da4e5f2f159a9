/* Creating, opening, querying and changing objects by the native functions. */
#include "native.h"

static const WCHAR mine[] = u"\\Sessions\\1\\BaseNamedObjects\\mine";

static void events(void) {
    UNICODE_STRING name = text(mine);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    EVENT_BASIC_INFORMATION state;
    HANDLE event = NULL, second = NULL;
    LONG before = 7;
    IS(STATUS_INVALID_PARAMETER, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, (EVENT_TYPE)2, FALSE));
    IS(STATUS_ACCESS_VIOLATION, NtCreateEvent(NULL, EVENT_ALL_ACCESS, &given, (EVENT_TYPE)2, FALSE));
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, SynchronizationEvent, TRUE));
    IS(STATUS_SUCCESS, NtQueryEvent(event, EventBasicInformation, &state, sizeof state, NULL));
    CHECK(state.EventType == SynchronizationEvent && state.EventState == 1);
    IS(STATUS_SUCCESS, NtSetEvent(event, &before));
    CHECK(before == 1);
    IS(STATUS_SUCCESS, NtResetEvent(event, &before));
    CHECK(before == 1);
    IS(STATUS_SUCCESS, NtPulseEvent(event, &before));
    CHECK(before == 0);
    IS(STATUS_SUCCESS, NtSetEvent(event, NULL));
    IS(STATUS_SUCCESS, NtClearEvent(event));
    IS(STATUS_SUCCESS, NtOpenEvent(&second, EVENT_MODIFY_STATE, &given));
    IS(STATUS_SUCCESS, NtSetEvent(second, &before));
    CHECK(before == 0);
    before = 7;
    IS(STATUS_ACCESS_DENIED, NtQueryEvent(second, EventBasicInformation, &state, sizeof state, NULL));
    IS(STATUS_SUCCESS, NtClose(second));
    IS(STATUS_INVALID_HANDLE, NtSetEvent(second, &before));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtReleaseSemaphore(event, 1, &before));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtSetEvent(NtCurrentThread(), &before));
    CHECK(before == 7);
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_INVALID_HANDLE, NtClose(event));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, NtOpenEvent(&event, EVENT_ALL_ACCESS, &given));
}

static void mutants(void) {
    UNICODE_STRING name = text(mine);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    MUTANT_BASIC_INFORMATION state;
    HANDLE mutant = NULL, second = NULL;
    LONG before = 7;
    IS(STATUS_SUCCESS, NtCreateMutant(&mutant, MUTANT_ALL_ACCESS, &given, TRUE));
    IS(STATUS_SUCCESS, NtWaitForSingleObject(mutant, FALSE, NULL));
    IS(STATUS_SUCCESS, NtQueryMutant(mutant, MutantBasicInformation, &state, sizeof state, NULL));
    CHECK(state.CurrentCount == -1 && state.OwnedByCaller && !state.AbandonedState);
    IS(STATUS_SUCCESS, NtReleaseMutant(mutant, &before));
    CHECK(before == -1);
    IS(STATUS_SUCCESS, NtOpenMutant(&second, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtReleaseMutant(second, &before));
    CHECK(before == 0);
    before = 7;
    IS(STATUS_MUTANT_NOT_OWNED, NtReleaseMutant(second, &before));
    CHECK(before == 7);
    IS(STATUS_ACCESS_DENIED, NtQueryMutant(second, MutantBasicInformation, &state, sizeof state, NULL));
    IS(STATUS_SUCCESS, NtClose(mutant));
    IS(STATUS_SUCCESS, NtClose(second));
}

static void semaphores(void) {
    UNICODE_STRING name = text(mine);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    SEMAPHORE_BASIC_INFORMATION state;
    HANDLE semaphore = NULL, second = NULL;
    LONG before = 7;
    IS(STATUS_INVALID_PARAMETER, NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, &given, 0, 0));
    IS(STATUS_INVALID_PARAMETER, NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, &given, 2, 1));
    IS(STATUS_INVALID_PARAMETER, NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, &given, -1, 1));
    IS(STATUS_SUCCESS, NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, &given, 1, 3));
    IS(STATUS_SUCCESS, NtOpenSemaphore(&second, SEMAPHORE_MODIFY_STATE, &given));
    IS(STATUS_SUCCESS, NtReleaseSemaphore(second, 2, &before));
    CHECK(before == 1);
    before = 7;
    IS(STATUS_SEMAPHORE_LIMIT_EXCEEDED, NtReleaseSemaphore(second, 1, &before));
    IS(STATUS_INVALID_PARAMETER, NtReleaseSemaphore(second, 0, &before));
    IS(STATUS_INVALID_PARAMETER, NtReleaseSemaphore(NULL, -1, &before));
    CHECK(before == 7);
    IS(STATUS_SUCCESS, NtQuerySemaphore(semaphore, SemaphoreBasicInformation, &state, sizeof state, NULL));
    CHECK(state.CurrentCount == 3 && state.MaximumCount == 3);
    IS(STATUS_SUCCESS, NtClose(semaphore));
    IS(STATUS_SUCCESS, NtClose(second));
}

static void timers(void) {
    UNICODE_STRING name = text(mine);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    const LARGE_INTEGER now = {.QuadPart = 0}, hour = after(3600000);
    TIMER_BASIC_INFORMATION state;
    HANDLE timer = NULL, second = NULL;
    BOOLEAN before = 7;
    IS(STATUS_INVALID_PARAMETER_4, NtCreateTimer(NULL, TIMER_ALL_ACCESS, &given, (TIMER_TYPE)2));
    IS(STATUS_SUCCESS, NtCreateTimer(&timer, TIMER_ALL_ACCESS, &given, NotificationTimer));
    IS(STATUS_SUCCESS, NtOpenTimer(&second, TIMER_MODIFY_STATE, &given));
    IS(STATUS_SUCCESS, NtSetTimer(second, &now, NULL, NULL, FALSE, 0, &before));
    CHECK(before == FALSE);
    IS(STATUS_WAIT_0, NtWaitForSingleObject(timer, FALSE, NULL));
    IS(STATUS_SUCCESS, NtQueryTimer(timer, TimerBasicInformation, &state, sizeof state, NULL));
    CHECK(state.TimerState && state.RemainingTime.QuadPart < 0 && state.RemainingTime.QuadPart > hour.QuadPart);
    IS(STATUS_TIMER_RESUME_IGNORED, NtSetTimer(second, &hour, NULL, NULL, TRUE, 5, &before));
    CHECK(before == TRUE);
    IS(STATUS_SUCCESS, NtQueryTimer(timer, TimerBasicInformation, &state, sizeof state, NULL));
    CHECK(!state.TimerState && state.RemainingTime.QuadPart > 0 && state.RemainingTime.QuadPart <= -hour.QuadPart);
    before = 7;
    IS(STATUS_INVALID_PARAMETER_6, NtSetTimer(NULL, NULL, NULL, NULL, FALSE, -1, &before));
    IS(STATUS_ACCESS_VIOLATION, NtSetTimer(NULL, NULL, NULL, NULL, FALSE, 0, &before));
    IS(STATUS_INVALID_HANDLE, NtSetTimer(NULL, &hour, NULL, NULL, FALSE, 0, &before));
    IS(STATUS_ACCESS_DENIED, NtQueryTimer(second, TimerBasicInformation, &state, sizeof state, NULL));
    CHECK(before == 7);
    IS(STATUS_SUCCESS, NtCancelTimer(timer, &before));
    CHECK(before == FALSE);
    IS(STATUS_SUCCESS, NtClose(timer));
    IS(STATUS_SUCCESS, NtClose(second));
}

static void queries_check_the_class_then_the_length_then_the_buffer(void) {
    LONG state[4];
    ULONG stored = 7;
    IS(STATUS_INVALID_INFO_CLASS, NtQueryEvent(NULL, 1, NULL, 0, &stored));
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryEvent(NULL, 0, NULL, 7, &stored));
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryTimer(NULL, 0, state, 8, &stored));
    IS(STATUS_ACCESS_VIOLATION, NtQueryMutant(NULL, 0, NULL, 8, &stored));
    IS(STATUS_DATATYPE_MISALIGNMENT, NtQueryMutant(NULL, 0, (char *)state + 2, 8, &stored));
    IS(STATUS_INVALID_HANDLE, NtQueryMutant(NULL, 0, state, 8, &stored));
    CHECK(stored == 7);
    HANDLE semaphore = NULL;
    IS(STATUS_SUCCESS, NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, NULL, 0, 1));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtQueryEvent(semaphore, 0, state, 8, &stored));
    CHECK(stored == 7);
    IS(STATUS_SUCCESS, NtQuerySemaphore(semaphore, 0, state, 8, &stored));
    CHECK(stored == 8);
    IS(STATUS_SUCCESS, NtClose(semaphore));
}

/** What exists is opened by a Create only with OBJ_OPENIF. */
static void one_name_is_one_object(void) {
    UNICODE_STRING name = text(mine);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL), open_if = attributes(&name, OBJ_OPENIF, NULL);
    EVENT_BASIC_INFORMATION state;
    HANDLE event = NULL, second = (HANDLE)7, win32;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &open_if, NotificationEvent, TRUE));
    IS(STATUS_OBJECT_NAME_COLLISION, NtCreateEvent(&second, EVENT_ALL_ACCESS, &given, NotificationEvent, TRUE));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtCreateTimer(&second, TIMER_ALL_ACCESS, &open_if, NotificationTimer));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtCreateMutant(&second, MUTANT_ALL_ACCESS, &given, FALSE));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtOpenSemaphore(&second, SEMAPHORE_ALL_ACCESS, &given));
    IS(STATUS_ACCESS_DENIED, NtOpenEvent(&second, 0, &given));
    IS(STATUS_ACCESS_DENIED, NtOpenEvent(&second, 0x100, &given));
    IS(STATUS_PRIVILEGE_NOT_HELD, NtOpenEvent(&second, 0x01000000, &given));
    CHECK(second == (HANDLE)7);
    IS(STATUS_OBJECT_NAME_EXISTS, NtCreateEvent(&second, EVENT_QUERY_STATE, &open_if, SynchronizationEvent, FALSE));
    IS(STATUS_SUCCESS, NtQueryEvent(second, EventBasicInformation, &state, sizeof state, NULL));
    CHECK(state.EventType == NotificationEvent && state.EventState == 1);
    IS(STATUS_SUCCESS, NtCompareObjects(event, second));
    IS(STATUS_SUCCESS, NtClose(second));
    win32 = OpenEventA(SYNCHRONIZE, FALSE, "Local\\mine");
    IS(STATUS_SUCCESS, NtCompareObjects(event, win32));
    IS(STATUS_SUCCESS, NtClose(win32));
    IS(STATUS_SUCCESS, NtClose(event));
}

int main(void) {
    events();
    mutants();
    semaphores();
    timers();
    queries_check_the_class_then_the_length_then_the_buffer();
    one_name_is_one_object();
    return done();
}
