/* Slim reader/writer locks. */
#include "neighbours.h"

enum { READERS = 4, WRITERS = 3, ROUNDS = 20000 };

static SRWLOCK lock = SRWLOCK_INIT;
static volatile LONG64 first, second;
static volatile LONG writing, reading;
static pthread_barrier_t inside;

/** How another thread can acquire the lock: 'x' exclusively, else 's' shared, else '-' not at all. */
static void *tries(void *how) {
    if (TryAcquireSRWLockExclusive(&lock)) {
        *(char *)how = 'x';
        ReleaseSRWLockExclusive(&lock);
    } else if (TryAcquireSRWLockShared(&lock)) {
        *(char *)how = 's';
        ReleaseSRWLockShared(&lock);
    } else {
        *(char *)how = '-';
    }
    return NULL;
}

static char others(void) {
    char how = 0;
    together(1, tries, &how);
    return how;
}

static void attempts(void) {
    SRWLOCK zero;
    memset(&zero, 0, sizeof zero);
    CHECK(memcmp(&zero, &lock, sizeof zero) == 0);
    memset(&lock, 0xAA, sizeof lock);
    InitializeSRWLock(&lock);
    CHECK(others() == 'x');
    AcquireSRWLockExclusive(&lock);
    CHECK(others() == '-' && !TryAcquireSRWLockExclusive(&lock) && !TryAcquireSRWLockShared(&lock));
    ReleaseSRWLockExclusive(&lock);
    AcquireSRWLockShared(&lock);
    CHECK(others() == 's' && TryAcquireSRWLockShared(&lock) && !TryAcquireSRWLockExclusive(&lock));
    ReleaseSRWLockShared(&lock);
    CHECK(others() == 's');
    ReleaseSRWLockShared(&lock);
    CHECK(others() == 'x' && memcmp(&zero, &lock, sizeof zero) == 0);
}

static void *meets(void *argument) {
    (void)argument;
    AcquireSRWLockShared(&lock);
    pthread_barrier_wait(&inside);
    ReleaseSRWLockShared(&lock);
    return NULL;
}

/** Readers are in at the same time: none leaves before all have come. */
static void readers_share(void) {
    pthread_barrier_init(&inside, NULL, READERS);
    together(READERS, meets, NULL);
    pthread_barrier_destroy(&inside);
    CHECK(others() == 'x');
}

static void *reads_until_written(void *argument) {
    (void)argument;
    do {
        AcquireSRWLockShared(&lock);
        InterlockedIncrement(&reading);
        sched_yield();
        InterlockedDecrement(&reading);
        ReleaseSRWLockShared(&lock);
    } while (!writing);
    return NULL;
}

static void *writes(void *argument) {
    (void)argument;
    AcquireSRWLockExclusive(&lock);
    CHECK(reading == 0);
    writing = 1;
    ReleaseSRWLockExclusive(&lock);
    return NULL;
}

/** While a writer waits, nobody gets in; and it gets in itself, although there is always a reader. */
static void a_writer_is_not_starved(void) {
    team team = {.count = 0};
    int n;
    writing = reading = 0;
    AcquireSRWLockShared(&lock);
    start(&team, writes, NULL);
    while (others() == 's') sched_yield();
    for (n = 0; n < READERS; n++) start(&team, reads_until_written, NULL);
    CHECK(others() == '-' && writing == 0 && reading == 0);
    ReleaseSRWLockShared(&lock);
    join(&team);
    CHECK(writing == 1 && reading == 0 && others() == 'x');
}

static void *contends_reading(void *argument) {
    int n;
    (void)argument;
    for (n = 0; n < ROUNDS; n++) {
        if (n % 3 || !TryAcquireSRWLockShared(&lock)) AcquireSRWLockShared(&lock);
        InterlockedIncrement(&reading);
        CHECK(writing == 0 && first == second);
        if (n % 16 == 0) sched_yield();
        InterlockedDecrement(&reading);
        ReleaseSRWLockShared(&lock);
    }
    return NULL;
}

static void *contends_writing(void *argument) {
    int n;
    (void)argument;
    for (n = 0; n < ROUNDS; n++) {
        if (n % 3 || !TryAcquireSRWLockExclusive(&lock)) AcquireSRWLockExclusive(&lock);
        CHECK(InterlockedIncrement(&writing) == 1 && reading == 0);
        first++;
        if (n % 16 == 0) sched_yield();
        second++;
        InterlockedDecrement(&writing);
        ReleaseSRWLockExclusive(&lock);
    }
    return NULL;
}

static void contention(void) {
    team team = {.count = 0};
    int n;
    first = second = writing = reading = 0;
    for (n = 0; n < READERS; n++) start(&team, contends_reading, NULL);
    for (n = 0; n < WRITERS; n++) start(&team, contends_writing, NULL);
    join(&team);
    CHECK(first == WRITERS * ROUNDS && second == first && others() == 'x');
}

typedef struct {
    SRWLOCK lock;
    volatile LONG readers;
    int users;
} shared;

static void *gives_up(void *argument) {
    shared *object = argument;
    int left;
    AcquireSRWLockShared(&object->lock);
    InterlockedIncrement(&object->readers);
    ReleaseSRWLockShared(&object->lock);
    AcquireSRWLockExclusive(&object->lock);
    left = --object->users;
    if (!left) CHECK(object->readers == 3);
    ReleaseSRWLockExclusive(&object->lock);
    if (!left) give_back(object);
    return NULL;
}

/** Whoever leaves last may free the lock, although the one before has only just left. */
static void the_last_frees(void) {
    int n;
    for (n = 0; n < 2000; n++) {
        shared *object = page();
        object->users = 3;
        together(3, gives_up, object);
    }
}

int main(void) {
    attempts();
    readers_share();
    a_writer_is_not_starved();
    contention();
    the_last_frees();
    return done();
}
