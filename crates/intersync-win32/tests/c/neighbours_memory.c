/* The order of accesses to memory. */
#include "neighbours.h"

enum { ROUNDS = 30000 };

/** What each of two threads has stored, and what it has then seen of the other. */
static volatile char stored[2][ROUNDS], seen[2][ROUNDS];
static volatile LONG threads, arrived;

static void *stores_then_looks(void *argument) {
    int me = InterlockedIncrement(&threads) == 1, round;
    for (round = 0; round < ROUNDS; round++) {
        LONG loops = 0;
        InterlockedIncrement(&arrived);
        while (arrived < 2 * (round + 1)) {
            YieldProcessor();
            /* The other thread may need this processor. */
            if (++loops % 1000 == 0) sched_yield();
        }
        stored[me][round] = 1;
        MemoryBarrier();
        seen[me][round] = stored[!me][round];
    }
    return argument;
}

/** Whoever looks last sees what the other one has stored before. */
static void a_barrier_orders(void) {
    int round;
    together(2, stores_then_looks, NULL);
    for (round = 0; round < ROUNDS; round++) CHECK(seen[0][round] || seen[1][round]);
}

int main(void) {
    a_barrier_orders();
    return done();
}
