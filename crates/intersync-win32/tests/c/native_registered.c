/* Registered waits by the native functions. */
#include "native.h"

static HANDLE called, wait_handle;
static NTSTATUS within;
static int calls, elapsed;

static void NTAPI call(PVOID context, BOOLEAN time_out) {
    calls++;
    elapsed += time_out;
    NtSetEvent(context, NULL);
}

/** Ends its own wait, which cannot wait for it. */
static void NTAPI end(PVOID context, BOOLEAN time_out) {
    elapsed += time_out;
    NtWaitForSingleObject(called, FALSE, NULL);
    within = RtlDeregisterWait(wait_handle);
    NtSetEvent(context, NULL);
}

static HANDLE event(void) {
    HANDLE made = NULL;
    IS(STATUS_SUCCESS, NtCreateEvent(&made, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE));
    return made;
}

static void callbacks_are_called(void) {
    HANDLE object = event(), wait = NULL;
    IS(STATUS_SUCCESS, RtlRegisterWait(&wait, object, call, called, INFINITE, WT_EXECUTEDEFAULT));
    for (int i = 1; i <= 3; i++) {
        IS(STATUS_SUCCESS, NtSetEvent(object, NULL));
        IS(STATUS_WAIT_0, NtWaitForSingleObject(called, FALSE, NULL));
        CHECK(calls == i && elapsed == 0);
    }
    IS(STATUS_SUCCESS, RtlDeregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    IS(STATUS_INVALID_HANDLE, RtlDeregisterWait(wait));
    IS(STATUS_SUCCESS, RtlRegisterWait(&wait, object, call, called, 0, WT_EXECUTEONLYONCE));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(called, FALSE, NULL));
    CHECK(calls == 4 && elapsed == 1);
    IS(STATUS_SUCCESS, RtlDeregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    IS(STATUS_SUCCESS, NtClose(object));
}

static void a_wait_may_end_while_it_calls(void) {
    HANDLE object = event(), ended = event(), finished = event();
    elapsed = 0;
    IS(STATUS_SUCCESS, RtlRegisterWait(&wait_handle, object, end, ended, INFINITE, WT_EXECUTEDEFAULT));
    IS(STATUS_SUCCESS, NtSetEvent(object, NULL));
    IS(STATUS_SUCCESS, NtSetEvent(called, NULL));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(ended, FALSE, NULL));
    CHECK(within == STATUS_PENDING && elapsed == 0);
    IS(STATUS_SUCCESS, RtlRegisterWait(&wait_handle, object, call, called, INFINITE, WT_EXECUTEDEFAULT));
    IS(STATUS_SUCCESS, RtlDeregisterWaitEx(wait_handle, finished));
    IS(STATUS_WAIT_0, NtWaitForSingleObject(finished, FALSE, NULL));
    IS(STATUS_SUCCESS, NtClose(object));
    IS(STATUS_SUCCESS, NtClose(ended));
    IS(STATUS_SUCCESS, NtClose(finished));
}

static void arguments_are_checked(void) {
    HANDLE object = event(), weak = NULL, wait = (HANDLE)7;
    IS(STATUS_ACCESS_VIOLATION, RtlRegisterWait(NULL, object, call, called, INFINITE, WT_EXECUTEDEFAULT));
    IS(STATUS_INVALID_PARAMETER, RtlRegisterWait(&wait, object, NULL, called, INFINITE, WT_EXECUTEDEFAULT));
    IS(STATUS_INVALID_HANDLE, RtlRegisterWait(&wait, NULL, call, called, INFINITE, WT_EXECUTEDEFAULT));
    IS(STATUS_SUCCESS, NtDuplicateObject(NtCurrentProcess(), object, NtCurrentProcess(), &weak, EVENT_MODIFY_STATE, 0, 0));
    IS(STATUS_ACCESS_DENIED, RtlRegisterWait(&wait, weak, call, called, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(wait == (HANDLE)7);
    IS(STATUS_INVALID_HANDLE, RtlDeregisterWait(NULL));
    IS(STATUS_INVALID_HANDLE, RtlDeregisterWaitEx(object, NULL));
    IS(STATUS_SUCCESS, NtClose(weak));
    IS(STATUS_SUCCESS, NtClose(object));
}

int main(void) {
    called = event();
    callbacks_are_called();
    a_wait_may_end_while_it_calls();
    arguments_are_checked();
    IS(STATUS_SUCCESS, NtClose(called));
    return done();
}
