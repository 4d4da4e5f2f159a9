/* Condition variables, with critical sections and with slim reader/writer locks. */
#include "neighbours.h"

enum { SLEEPERS = 8, PRODUCERS = 3, CONSUMERS = 3, ITEMS = 10000, ROOM = 4 };

static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT, taken = CONDITION_VARIABLE_INIT;
static volatile LONG sleeping, tokens, served;

static void *tries(void *got) {
    BOOL entered = TryEnterCriticalSection(&section), acquired = TryAcquireSRWLockExclusive(&lock);
    if (acquired) ReleaseSRWLockExclusive(&lock);
    if (entered) LeaveCriticalSection(&section);
    *(BOOL *)got = entered && acquired;
    return NULL;
}

/** Whether another thread can have both locks. */
static BOOL free_for_others(void) {
    BOOL got = FALSE;
    together(1, tries, &got);
    return got;
}

/** A time-out is reported as such, not before it is over, and with the lock held as before. */
static void time_outs(void) {
    static const DWORD times[] = {0, 30};
    size_t n;
    for (n = 0; n < 2; n++) {
        ULONGLONG began = milliseconds();
        EnterCriticalSection(&section);
        FAILS(SleepConditionVariableCS(&changed, &section, times[n]), ERROR_TIMEOUT);
        CHECK(milliseconds() - began >= times[n] && section.RecursionCount == 1);
        CHECK(!free_for_others());
        LeaveCriticalSection(&section);

        began = milliseconds();
        AcquireSRWLockExclusive(&lock);
        FAILS(SleepConditionVariableSRW(&changed, &lock, times[n], 0), ERROR_TIMEOUT);
        CHECK(milliseconds() - began >= times[n] && !TryAcquireSRWLockShared(&lock));
        ReleaseSRWLockExclusive(&lock);

        AcquireSRWLockShared(&lock);
        FAILS(SleepConditionVariableSRW(&changed, &lock, times[n], CONDITION_VARIABLE_LOCKMODE_SHARED), ERROR_TIMEOUT);
        CHECK(TryAcquireSRWLockShared(&lock) && !TryAcquireSRWLockExclusive(&lock));
        ReleaseSRWLockShared(&lock);
        ReleaseSRWLockShared(&lock);
    }
    AcquireSRWLockExclusive(&lock);
    FAILS(SleepConditionVariableSRW(&changed, &lock, 0, 2), ERROR_INVALID_PARAMETER);
    FAILS(SleepConditionVariableSRW(&changed, &lock, INFINITE, 0x80000001), ERROR_INVALID_PARAMETER);
    CHECK(!free_for_others());
    ReleaseSRWLockExclusive(&lock);
    CHECK(free_for_others());
}

/** Of a section entered twice, one level is left only: it remains owned meanwhile. */
static void recursion(void) {
    EnterCriticalSection(&section);
    EnterCriticalSection(&section);
    FAILS(SleepConditionVariableCS(&changed, &section, 1), ERROR_TIMEOUT);
    CHECK(section.RecursionCount == 2);
    LeaveCriticalSection(&section);
    CHECK(!free_for_others());
    LeaveCriticalSection(&section);
}

static void *takes_a_token(void *argument) {
    (void)argument;
    EnterCriticalSection(&section);
    sleeping++;
    while (!tokens) SUCCEEDS(SleepConditionVariableCS(&changed, &section, INFINITE));
    CHECK(section.OwningThread == (HANDLE)(ULONG_PTR)GetCurrentThreadId());
    tokens--;
    LeaveCriticalSection(&section);
    InterlockedIncrement(&served);
    return NULL;
}

/** Waits until everybody who shall has let go of the section, which is only done asleep. Enters it. */
static void enter_once_all_sleep(LONG count) {
    EnterCriticalSection(&section);
    while (sleeping < count) {
        LeaveCriticalSection(&section);
        sched_yield();
        EnterCriticalSection(&section);
    }
}

/** Each wake reaches one sleeper at least, whether made with the section or without. */
static void one_by_one(void) {
    team team = {.count = 0};
    int n;
    sleeping = served = 0;
    for (n = 0; n < SLEEPERS; n++) start(&team, takes_a_token, NULL);
    enter_once_all_sleep(SLEEPERS);
    LeaveCriticalSection(&section);
    for (n = 0; n < SLEEPERS; n++) {
        CHECK(served == n);
        EnterCriticalSection(&section);
        tokens++;
        if (n % 2) WakeConditionVariable(&changed);
        LeaveCriticalSection(&section);
        if (n % 2 == 0) WakeConditionVariable(&changed);
        until(&served, n + 1);
    }
    join(&team);
    CHECK(tokens == 0);
}

static void all_at_once(void) {
    team team = {.count = 0};
    int n;
    sleeping = served = 0;
    for (n = 0; n < SLEEPERS; n++) start(&team, takes_a_token, NULL);
    enter_once_all_sleep(SLEEPERS);
    tokens = SLEEPERS;
    WakeAllConditionVariable(&changed);
    LeaveCriticalSection(&section);
    join(&team);
    CHECK(tokens == 0 && served == SLEEPERS);
    /* A wake with nobody asleep is not kept for later. */
    WakeAllConditionVariable(&changed);
    WakeConditionVariable(&changed);
    EnterCriticalSection(&section);
    FAILS(SleepConditionVariableCS(&changed, &section, 1), ERROR_TIMEOUT);
    LeaveCriticalSection(&section);
}

static pthread_barrier_t inside;

static void *reads_when_told(void *argument) {
    (void)argument;
    AcquireSRWLockShared(&lock);
    InterlockedIncrement(&sleeping);
    while (!tokens) SUCCEEDS(SleepConditionVariableSRW(&changed, &lock, INFINITE, CONDITION_VARIABLE_LOCKMODE_SHARED));
    /* All of them hold it at once again. */
    pthread_barrier_wait(&inside);
    CHECK(!TryAcquireSRWLockExclusive(&lock));
    ReleaseSRWLockShared(&lock);
    return NULL;
}

static void shared(void) {
    team team = {.count = 0};
    int n;
    sleeping = tokens = 0;
    pthread_barrier_init(&inside, NULL, SLEEPERS);
    for (n = 0; n < SLEEPERS; n++) start(&team, reads_when_told, NULL);
    until(&sleeping, SLEEPERS);
    AcquireSRWLockExclusive(&lock);
    tokens = 1;
    WakeAllConditionVariable(&changed);
    ReleaseSRWLockExclusive(&lock);
    join(&team);
    pthread_barrier_destroy(&inside);
    CHECK(free_for_others());
}

static LONG buffer[ROOM];
static int held, first;
static LONG64 sum;
static LONG next_item, consumed;

static void *produces(void *argument) {
    int n;
    (void)argument;
    for (n = 0; n < ITEMS; n++) {
        AcquireSRWLockExclusive(&lock);
        while (held == ROOM) CHECK(SleepConditionVariableSRW(&taken, &lock, INFINITE, 0));
        buffer[(first + held++) % ROOM] = ++next_item;
        ReleaseSRWLockExclusive(&lock);
        WakeConditionVariable(&changed);
    }
    return NULL;
}

/** Waits with short time-outs now and then, so that these meet wakes. */
static void *consumes(void *argument) {
    int n;
    LONG last = 0;
    (void)argument;
    for (n = 0; n < PRODUCERS * ITEMS / CONSUMERS; n++) {
        AcquireSRWLockExclusive(&lock);
        while (!held) {
            BOOL woken = SleepConditionVariableSRW(&changed, &lock, n % 4 ? INFINITE : 0, 0);
            CHECK(woken || (n % 4 == 0 && GetLastError() == ERROR_TIMEOUT));
        }
        CHECK(buffer[first] > last);
        last = buffer[first];
        sum += last;
        consumed++;
        first = (first + 1) % ROOM;
        held--;
        ReleaseSRWLockExclusive(&lock);
        WakeConditionVariable(&taken);
    }
    return NULL;
}

static void bounded_buffer(void) {
    team team = {.count = 0};
    LONG64 all = PRODUCERS * ITEMS;
    int n;
    for (n = 0; n < PRODUCERS; n++) start(&team, produces, NULL);
    for (n = 0; n < CONSUMERS; n++) start(&team, consumes, NULL);
    join(&team);
    CHECK(consumed == all && held == 0 && sum == all * (all + 1) / 2);
}

int main(void) {
    CONDITION_VARIABLE zero;
    memset(&zero, 0, sizeof zero);
    InitializeCriticalSection(&section);
    time_outs();
    CHECK(memcmp(&zero, &changed, sizeof zero) == 0);
    recursion();
    one_by_one();
    all_at_once();
    memset(&changed, 0xAA, sizeof changed);
    InitializeConditionVariable(&changed);
    CHECK(memcmp(&zero, &changed, sizeof zero) == 0);
    shared();
    bounded_buffer();
    DeleteCriticalSection(&section);
    return done();
}
