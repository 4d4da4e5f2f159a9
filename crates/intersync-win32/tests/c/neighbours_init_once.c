/* One-time initialization. */
#include "neighbours.h"

enum { THREADS = 8, ROUNDS = 300, FAILURES = 3 };

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static volatile LONG calls, at_work, wins, losses, ready;
static char value[16];

static BOOL CALLBACK fails_at_first(PINIT_ONCE which, PVOID parameter, PVOID *context) {
    CHECK(which == &once && parameter == value && InterlockedIncrement(&at_work) == 1);
    InterlockedDecrement(&at_work);
    *context = value + 4;
    SetLastError(UNTOUCHED + 1);
    return InterlockedIncrement(&calls) > FAILURES;
}

static BOOL CALLBACK stores_an_odd_context(PINIT_ONCE which, PVOID parameter, PVOID *context) {
    (void)which;
    *context = (PVOID)((ULONG_PTR)context | (ULONG_PTR)parameter);
    return TRUE;
}

static BOOL CALLBACK stores_nothing(PINIT_ONCE which, PVOID parameter, PVOID *context) {
    (void)which;
    (void)parameter;
    return context == NULL;
}

/** Until it succeeds, which it does after some failures, of this thread or of others. */
static void *executes(void *argument) {
    PVOID context = NULL;
    (void)argument;
    InterlockedIncrement(&ready);
    until(&ready, THREADS);
    SetLastError(UNTOUCHED);
    while (!InitOnceExecuteOnce(&once, fails_at_first, value, &context)) CHECK(GetLastError() == UNTOUCHED + 1);
    CHECK(context == value + 4 && calls == FAILURES + 1);
    return NULL;
}

static void one_initializes(void) {
    int n;
    for (n = 0; n < ROUNDS; n++) {
        calls = ready = 0;
        memset(&once, 0xAA, sizeof once);
        InitOnceInitialize(&once);
        together(THREADS, executes, NULL);
        CHECK(calls == FAILURES + 1);
    }
    SUCCEEDS(InitOnceExecuteOnce(&once, fails_at_first, value, NULL) && calls == FAILURES + 1);
}

static void contexts(void) {
    INIT_ONCE one = INIT_ONCE_STATIC_INIT;
    PVOID context = value;
    ULONG_PTR bit;
    BOOL pending = 7;
    for (bit = 1; bit < (ULONG_PTR)1 << INIT_ONCE_CTX_RESERVED_BITS; bit++) {
        FAILS(InitOnceExecuteOnce(&one, stores_an_odd_context, (PVOID)bit, &context), ERROR_INVALID_PARAMETER);
    }
    SUCCEEDS(InitOnceExecuteOnce(&one, stores_nothing, NULL, NULL));
    SUCCEEDS(InitOnceBeginInitialize(&one, 0, &pending, &context) && !pending && context == NULL);
    FAILS(InitOnceExecuteOnce(&one, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
}

static void step_by_step(void) {
    INIT_ONCE one = INIT_ONCE_STATIC_INIT;
    PVOID context = NULL;
    BOOL pending = 7;
    FAILS(InitOnceBeginInitialize(&one, INIT_ONCE_CHECK_ONLY, &pending, &context), ERROR_GEN_FAILURE);
    FAILS(InitOnceBeginInitialize(&one, INIT_ONCE_CHECK_ONLY | INIT_ONCE_ASYNC, &pending, &context), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceBeginInitialize(&one, INIT_ONCE_INIT_FAILED, &pending, &context), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceBeginInitialize(&one, 8, &pending, &context), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, 0, value), ERROR_GEN_FAILURE);
    CHECK(pending == 7);

    SUCCEEDS(InitOnceBeginInitialize(&one, 0, &pending, &context) && pending == TRUE);
    pending = 7;
    FAILS(InitOnceBeginInitialize(&one, INIT_ONCE_CHECK_ONLY, &pending, &context), ERROR_GEN_FAILURE);
    FAILS(InitOnceBeginInitialize(&one, INIT_ONCE_ASYNC, &pending, &context), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, 0, value + 1), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, INIT_ONCE_ASYNC, value), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, INIT_ONCE_ASYNC | INIT_ONCE_INIT_FAILED, NULL), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, INIT_ONCE_INIT_FAILED, value), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&one, INIT_ONCE_CHECK_ONLY, NULL), ERROR_INVALID_PARAMETER);
    SUCCEEDS(InitOnceComplete(&one, INIT_ONCE_INIT_FAILED, NULL) && pending == 7);

    SUCCEEDS(InitOnceBeginInitialize(&one, 0, &pending, NULL) && pending == TRUE);
    SUCCEEDS(InitOnceComplete(&one, 0, value + 8));
    SUCCEEDS(InitOnceBeginInitialize(&one, INIT_ONCE_CHECK_ONLY, &pending, &context) && pending == FALSE);
    CHECK(context == value + 8);
    SUCCEEDS(InitOnceBeginInitialize(&one, INIT_ONCE_ASYNC, &pending, NULL) && pending == FALSE);
    FAILS(InitOnceComplete(&one, 0, value), ERROR_GEN_FAILURE);
}

/** Each begins before any completes: all are to initialize, and one wins. */
static void *races(void *contexts) {
    PVOID context = NULL, mine = (char *)contexts + 4 * (InterlockedIncrement(&calls) - 1);
    BOOL pending = FALSE;
    CHECK(InitOnceBeginInitialize(&once, INIT_ONCE_ASYNC, &pending, &context) && pending);
    InterlockedIncrement(&ready);
    until(&ready, THREADS);
    if (InitOnceComplete(&once, INIT_ONCE_ASYNC, mine)) {
        InterlockedIncrement(&wins);
    } else {
        CHECK(GetLastError() == ERROR_GEN_FAILURE);
        InterlockedIncrement(&losses);
        mine = NULL;
    }
    CHECK(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context) && !pending);
    CHECK(!mine || context == mine);
    CHECK((char *)context >= (char *)contexts && (char *)context < (char *)contexts + 4 * THREADS);
    return NULL;
}

static void the_first_wins(void) {
    static INIT_ONCE fresh = INIT_ONCE_STATIC_INIT;
    LONG contexts[THREADS];
    BOOL pending;
    int n;
    for (n = 0; n < ROUNDS; n++) {
        calls = ready = wins = losses = 0;
        InitOnceInitialize(&once);
        together(THREADS, races, contexts);
        CHECK(wins == 1 && losses == THREADS - 1);
    }
    SUCCEEDS(InitOnceBeginInitialize(&fresh, INIT_ONCE_ASYNC, &pending, NULL) && pending);
    FAILS(InitOnceBeginInitialize(&fresh, 0, &pending, NULL), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceComplete(&fresh, 0, contexts), ERROR_INVALID_PARAMETER);
    FAILS(InitOnceExecuteOnce(&fresh, stores_nothing, NULL, NULL), ERROR_INVALID_PARAMETER);
    SUCCEEDS(InitOnceComplete(&fresh, INIT_ONCE_ASYNC, NULL));
}

static BOOL CALLBACK ends_its_thread(PINIT_ONCE which, PVOID parameter, PVOID *context) {
    (void)which;
    (void)parameter;
    (void)context;
    ExitThread(5);
}

static DWORD WINAPI begins(LPVOID which) {
    CHECK(InitOnceExecuteOnce((PINIT_ONCE)which, ends_its_thread, NULL, NULL));
    return 1;
}

/** A thread that ends while it initializes leaves that undone, as on Windows. */
static void ends_within(void) {
    INIT_ONCE left = INIT_ONCE_STATIC_INIT;
    BOOL pending;
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0, begins, &left, 0, NULL);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0 && GetExitCodeThread(thread, &code) && code == 5);
    FAILS(InitOnceBeginInitialize(&left, INIT_ONCE_CHECK_ONLY, &pending, NULL), ERROR_GEN_FAILURE);
    CHECK(CloseHandle(thread));
}

int main(void) {
    one_initializes();
    contexts();
    step_by_step();
    the_first_wins();
    ends_within();
    return done();
}
