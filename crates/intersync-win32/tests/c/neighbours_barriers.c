/* Synchronization barriers. */
#include "neighbours.h"

enum { THREADS = 5, PHASES = 500 };

static SYNCHRONIZATION_BARRIER barrier;
static volatile LONG arrived, last, flags_of_all;

static void refusals(void) {
    SYNCHRONIZATION_BARRIER untouched;
    memset(&barrier, 0xAA, sizeof barrier);
    memset(&untouched, 0xAA, sizeof untouched);
    FAILS(InitializeSynchronizationBarrier(&barrier, 0, 0), ERROR_INVALID_PARAMETER);
    FAILS(InitializeSynchronizationBarrier(&barrier, -1, 0), ERROR_INVALID_PARAMETER);
    FAILS(InitializeSynchronizationBarrier(&barrier, 1, -2), ERROR_INVALID_PARAMETER);
    CHECK(memcmp(&barrier, &untouched, sizeof barrier) == 0);
}

/** A thread alone is always the last. */
static void alone(void) {
    int n;
    SUCCEEDS(InitializeSynchronizationBarrier(&barrier, 1, 0));
    for (n = 0; n < 10; n++) SUCCEEDS(EnterSynchronizationBarrier(&barrier, 0) == TRUE);
    SUCCEEDS(DeleteSynchronizationBarrier(&barrier) == TRUE);
}

/** Nobody goes on before all have come, and one of them is told that it was the last. */
static void *goes_through_phases(void *argument) {
    LONG n;
    (void)argument;
    for (n = 1; n <= PHASES; n++) {
        InterlockedIncrement(&arrived);
        if (EnterSynchronizationBarrier(&barrier, (DWORD)flags_of_all)) InterlockedIncrement(&last);
        CHECK(arrived == n * THREADS);
        EnterSynchronizationBarrier(&barrier, (DWORD)flags_of_all);
        CHECK(last == n);
        EnterSynchronizationBarrier(&barrier, (DWORD)flags_of_all);
    }
    return NULL;
}

static void phases(LONG spin, LONG flags) {
    arrived = last = 0;
    flags_of_all = flags;
    SUCCEEDS(InitializeSynchronizationBarrier(&barrier, THREADS, spin));
    together(THREADS, goes_through_phases, NULL);
    CHECK(arrived == THREADS * PHASES && last == PHASES);
    CHECK(DeleteSynchronizationBarrier(&barrier));
}

static void *comes(void *shared) {
    if (!EnterSynchronizationBarrier(shared, 0)) return NULL;
    DeleteSynchronizationBarrier(shared);
    give_back(shared);
    return NULL;
}

/** Once it is deleted, the last may free it: the others have left it. */
static void the_last_frees(LONG spin) {
    int n;
    for (n = 0; n < 1000; n++) {
        SYNCHRONIZATION_BARRIER *shared = page();
        CHECK(InitializeSynchronizationBarrier(shared, 3, spin));
        together(3, comes, shared);
    }
}

int main(void) {
    refusals();
    alone();
    phases(-1, 0);
    phases(0, SYNCHRONIZATION_BARRIER_FLAGS_NO_DELETE);
    phases(100, SYNCHRONIZATION_BARRIER_FLAGS_BLOCK_ONLY);
    phases(0, SYNCHRONIZATION_BARRIER_FLAGS_SPIN_ONLY);
    the_last_frees(-1);
    the_last_frees(0);
    return done();
}
