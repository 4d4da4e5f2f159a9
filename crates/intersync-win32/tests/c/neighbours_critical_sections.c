/* Critical sections. */
#include "neighbours.h"
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 20000 };

static CRITICAL_SECTION section;
/** Changed by their owners only, without anything that would make changes by several threads add up. */
static volatile LONG64 first, second;
static volatile LONG inside;

static void *tries(void *entered) {
    *(BOOL *)entered = TryEnterCriticalSection(&section);
    if (*(BOOL *)entered) LeaveCriticalSection(&section);
    return NULL;
}

static BOOL another_thread_can_enter(void) {
    BOOL entered = FALSE;
    together(1, tries, &entered);
    return entered;
}

static void *leaves(void *argument) {
    (void)argument;
    LeaveCriticalSection(&section);
    return NULL;
}

/** A spin count as it is kept: there is nothing to spin for on the only processor. */
static DWORD kept(DWORD count) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) abort();
    return CPU_COUNT(&processors) > 1 ? count : 0;
}

static void initialization(void) {
    CRITICAL_SECTION zero;
    memset(&section, 0xAA, sizeof section);
    SetLastError(UNTOUCHED);
    InitializeCriticalSection(&section);
    CHECK(section.LockCount == -1 && section.RecursionCount == 0 && section.OwningThread == NULL);
    DeleteCriticalSection(&section);
    CHECK(GetLastError() == UNTOUCHED);

    /* Only the lower 24 bits of a count are meant, unless it is checked. */
    SUCCEEDS(InitializeCriticalSectionAndSpinCount(&section, 0x80000FA0));
    CHECK(SetCriticalSectionSpinCount(&section, 0xFF000007) == kept(0xFA0));
    CHECK(SetCriticalSectionSpinCount(&section, 0) == kept(7));
    DeleteCriticalSection(&section);
    SUCCEEDS(InitializeCriticalSectionEx(&section, 100, CRITICAL_SECTION_NO_DEBUG_INFO));
    CHECK(SetCriticalSectionSpinCount(&section, 1) == kept(100));
    DeleteCriticalSection(&section);

    memset(&section, 0xAA, sizeof section);
    FAILS(InitializeCriticalSectionEx(&section, 0x01000000, 0), ERROR_INVALID_PARAMETER);
    FAILS(InitializeCriticalSectionEx(&section, 0, 0x80000000), ERROR_INVALID_PARAMETER);
    FAILS(InitializeCriticalSectionEx(&section, 0, 1), ERROR_INVALID_PARAMETER);
    CHECK(section.SpinCount == 0xAAAAAAAAAAAAAAAA);

    /* A static one without an initialization. */
    memset(&zero, 0, sizeof zero);
    CHECK(TryEnterCriticalSection(&zero));
    LeaveCriticalSection(&zero);
    DeleteCriticalSection(&zero);
}

static void recursion(void) {
    int n;
    InitializeCriticalSection(&section);
    for (n = 1; n <= 5; n++) {
        if (n % 2) EnterCriticalSection(&section);
        else CHECK(TryEnterCriticalSection(&section) == TRUE);
        CHECK(section.RecursionCount == n && section.OwningThread == (HANDLE)(ULONG_PTR)GetCurrentThreadId());
        CHECK(section.LockCount == -2 && !another_thread_can_enter());
    }
    for (n = 4; n >= 0; n--) {
        CHECK(!another_thread_can_enter());
        LeaveCriticalSection(&section);
        CHECK(section.RecursionCount == n);
    }
    CHECK(section.OwningThread == NULL && section.LockCount == -1 && another_thread_can_enter());
    LeaveCriticalSection(&section);
    CHECK(section.RecursionCount == 0 && another_thread_can_enter());

    EnterCriticalSection(&section);
    together(1, leaves, NULL);
    CHECK(section.RecursionCount == 1 && !another_thread_can_enter());
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
}

static void *contends(void *argument) {
    int n;
    (void)argument;
    for (n = 0; n < ROUNDS; n++) {
        if (n % 3 || !TryEnterCriticalSection(&section)) EnterCriticalSection(&section);
        CHECK(InterlockedIncrement(&inside) == 1 && first == second);
        first++;
        if (n % 16 == 0) sched_yield();
        EnterCriticalSection(&section);
        second++;
        LeaveCriticalSection(&section);
        InterlockedDecrement(&inside);
        LeaveCriticalSection(&section);
    }
    return NULL;
}

static void contention(DWORD spin) {
    first = second = 0;
    InitializeCriticalSectionAndSpinCount(&section, spin);
    together(THREADS, contends, NULL);
    CHECK(first == THREADS * ROUNDS && second == first && section.LockCount == -1);
    DeleteCriticalSection(&section);
}

typedef struct {
    CRITICAL_SECTION section;
    int users;
} shared;

static void *gives_up(void *argument) {
    shared *object = argument;
    int left;
    EnterCriticalSection(&object->section);
    left = --object->users;
    LeaveCriticalSection(&object->section);
    if (left) return NULL;
    DeleteCriticalSection(&object->section);
    give_back(object);
    return NULL;
}

/** Whoever leaves last may free the section, although the one before has only just left. */
static void the_last_frees(void) {
    int n;
    for (n = 0; n < 2000; n++) {
        shared *object = page();
        object->users = 3;
        InitializeCriticalSection(&object->section);
        together(3, gives_up, object);
    }
}

/** A forked child is another thread, also to a section that only it uses. */
static void a_child_is_another_thread(void) {
    CRITICAL_SECTION parents;
    int status = 0;
    pid_t child;
    InitializeCriticalSection(&section);
    InitializeCriticalSection(&parents);
    EnterCriticalSection(&parents);
    child = fork();
    if (child == 0) {
        EnterCriticalSection(&section);
        if (section.OwningThread != (HANDLE)(ULONG_PTR)syscall(SYS_gettid)) _exit(1);
        LeaveCriticalSection(&section);
        _exit(TryEnterCriticalSection(&parents) ? 2 : 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    LeaveCriticalSection(&parents);
    CHECK(TryEnterCriticalSection(&section) && section.OwningThread == (HANDLE)(ULONG_PTR)GetCurrentThreadId());
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
    DeleteCriticalSection(&parents);
}

int main(void) {
    initialization();
    recursion();
    contention(0);
    contention(4000);
    the_last_frees();
    a_child_is_another_thread();
    return done();
}
