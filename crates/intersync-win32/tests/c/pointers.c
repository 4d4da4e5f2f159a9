/* Pointers that can lead nowhere, where the kernel of Windows looks at them before it does anything. Prints what is wrong, then
 * "done" if nothing is. */
#include <intersync/windows.h>
#include <stdint.h>
#include <stdio.h>
#include "check.h"

/** Whether a call gives this result and the last error of a bad pointer. */
#define REFUSED(call, result) (SetLastError(0), CHECK((call) == (result)), CHECK(GetLastError() == ERROR_NOACCESS))

static void *const nowhere[] = {(void *)1, (void *)0xFFFF, (void *)INTPTR_MIN, (void *)UINTPTR_MAX, (void *)(UINTPTR_MAX - 7)};

static void nothing_is_done(void) {
    HANDLE event = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    HANDLE self = GetCurrentProcess();
    DWORD before = 0, after = 0;
    unsigned i;
    for (i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        REFUSED(WaitForMultipleObjects(1, (HANDLE *)nowhere[i], FALSE, 0), WAIT_FAILED);
        REFUSED(IntersyncWaitForMultipleObjects(1, &event, FALSE, 0, FALSE, (DWORD *)nowhere[i]), WAIT_FAILED);
        REFUSED(ReleaseSemaphore(semaphore, 1, (LONG *)nowhere[i]), FALSE);
        REFUSED(SetWaitableTimer(timer, (LARGE_INTEGER *)nowhere[i], 0, NULL, NULL, FALSE), FALSE);
        REFUSED(DuplicateHandle(self, event, self, (HANDLE *)nowhere[i], 0, FALSE, DUPLICATE_SAME_ACCESS), FALSE);
        REFUSED(DuplicateHandle(self, event, self, (HANDLE *)nowhere[i], 0, FALSE,
                                DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
                FALSE);
        before += WaitForSingleObject(semaphore, 0) == WAIT_TIMEOUT;
        after += WaitForSingleObject(timer, 0) == WAIT_TIMEOUT;
    }
    CHECK(before == i && after == i);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(event) && CloseHandle(semaphore) && CloseHandle(timer));
}

static void the_array_is_looked_at_after_the_count(void) {
    SetLastError(0);
    CHECK(WaitForMultipleObjects(0, NULL, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WaitForMultipleObjects(65, NULL, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
    REFUSED(WaitForMultipleObjects(1, NULL, FALSE, 0), WAIT_FAILED);
}

/** An array must be aligned; a single value need not be. */
static void alignment(void) {
    union {
        HANDLE handles[3];
        char bytes[3 * sizeof(HANDLE)];
    } odd = {{NULL, NULL, NULL}};
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 2, NULL);
    REFUSED(WaitForMultipleObjects(1, (HANDLE *)(void *)(odd.bytes + 1), FALSE, 0), WAIT_FAILED);
    odd.bytes[1] = 1;
    CHECK(ReleaseSemaphore(semaphore, 1, (LONG *)(void *)(odd.bytes + 1)) && odd.bytes[1] == 0);
    CHECK(CloseHandle(semaphore));
}

int main(void) {
    nothing_is_done();
    the_array_is_looked_at_after_the_count();
    alignment();
    return done();
}
