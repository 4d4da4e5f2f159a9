/* Interlocked singly linked lists. */
#include "neighbours.h"

enum { NODES = 64, THREADS = 6, ROUNDS = 20000, PRODUCERS = 3, CONSUMERS = 3, PAGES = 3000 };

typedef struct {
    SLIST_ENTRY entry;
    volatile LONG users;
    LONG number;
} node;

static SLIST_HEADER lists[2];
static node nodes[NODES];
static volatile LONG produced, consumed;
static volatile LONG64 sum;

static LONG number(PSLIST_ENTRY entry) {
    return entry ? ((node *)entry)->number : -1;
}

static void push_range(PSLIST_HEADER list, int from, int count) {
    for (; count--; from++) InterlockedPushEntrySList(list, &nodes[from].entry);
}

static void the_last_in_is_the_first_out(void) {
    PSLIST_HEADER list = &lists[0];
    int n;
    CHECK(QueryDepthSList(list) == 0 && !InterlockedPopEntrySList(list) && !RtlFirstEntrySList(list));
    CHECK(!InterlockedFlushSList(list));
    memset(list, 0xAA, sizeof *list);
    InitializeSListHead(list);
    for (n = 0; n < 5; n++) {
        CHECK(number(InterlockedPushEntrySList(list, &nodes[n].entry)) == n - 1);
        CHECK(QueryDepthSList(list) == n + 1 && number(RtlFirstEntrySList(list)) == n);
        CHECK(list->HeaderX64.Depth == n + 1 && list->HeaderX64.NextEntry == (ULONG_PTR)&nodes[n] / 16);
    }
    for (n = 4; n >= 0; n--) {
        CHECK(number(InterlockedPopEntrySList(list)) == n && QueryDepthSList(list) == n);
    }
    CHECK(!InterlockedPopEntrySList(list) && QueryDepthSList(list) == 0);
}

static void many_at_once(void) {
    PSLIST_HEADER list = &lists[0];
    PSLIST_ENTRY entry;
    int n;
    push_range(list, 0, 2);
    for (n = 10; n < 13; n++) nodes[n].entry.Next = &nodes[n + 1].entry;
    CHECK(number(InterlockedPushListSListEx(list, &nodes[10].entry, &nodes[13].entry, 4)) == 1);
    CHECK(QueryDepthSList(list) == 6 && number(InterlockedPopEntrySList(list)) == 10);
    entry = InterlockedFlushSList(list);
    CHECK(QueryDepthSList(list) == 0 && !RtlFirstEntrySList(list));
    for (n = 11; n < 14; n++, entry = entry->Next) CHECK(number(entry) == n);
    for (n = 1; n >= 0; n--, entry = entry->Next) CHECK(number(entry) == n);
    CHECK(entry == NULL);
}

/** The depth has 16 bits. */
static void depth_wraps(void) {
    enum { MANY = 65538 };
    PSLIST_ENTRY many = aligned_alloc(16, MANY * sizeof *many), entry;
    int n, found = 0;
    if (!many) abort();
    for (n = 0; n < MANY; n++) InterlockedPushEntrySList(&lists[0], &many[n]);
    CHECK(QueryDepthSList(&lists[0]) == 2);
    for (entry = InterlockedFlushSList(&lists[0]); entry; entry = entry->Next) found++;
    CHECK(found == MANY && QueryDepthSList(&lists[0]) == 0);
    free(many);
}

/** Takes entries from one list and puts them into another: nobody else has them meanwhile. */
static void *moves(void *argument) {
    unsigned n;
    (void)argument;
    for (n = 0; n < ROUNDS; n++) {
        node *taken = (node *)InterlockedPopEntrySList(&lists[n % 2]);
        if (!taken) continue;
        CHECK(InterlockedIncrement(&taken->users) == 1);
        if (n % 16 == 0) sched_yield();
        InterlockedDecrement(&taken->users);
        InterlockedPushEntrySList(&lists[n / 2 % 2], &taken->entry);
    }
    return NULL;
}

/** Takes all that there is, and puts it back in one piece. */
static void *takes_all(void *argument) {
    unsigned n;
    (void)argument;
    for (n = 0; n < ROUNDS; n++) {
        PSLIST_ENTRY first = InterlockedFlushSList(&lists[n % 2]), entry = first, end = NULL;
        ULONG count = 0;
        for (; entry; end = entry, entry = entry->Next, count++) CHECK(InterlockedIncrement(&((node *)entry)->users) == 1);
        for (entry = first; entry; entry = entry->Next) InterlockedDecrement(&((node *)entry)->users);
        if (first) InterlockedPushListSListEx(&lists[n % 2], first, end, count);
    }
    return NULL;
}

static void none_is_lost(void) {
    team team = {.count = 0};
    char seen[NODES] = {0};
    PSLIST_ENTRY entry;
    int n, found = 0;
    for (n = 0; n < NODES; n++) InterlockedPushEntrySList(&lists[n % 2], &nodes[n].entry);
    while (team.count < THREADS) start(&team, moves, NULL);
    start(&team, takes_all, NULL);
    join(&team);
    CHECK(QueryDepthSList(&lists[0]) + QueryDepthSList(&lists[1]) == NODES);
    for (n = 0; n < 2; n++) {
        LONG depth = QueryDepthSList(&lists[n]);
        while ((entry = InterlockedPopEntrySList(&lists[n])) != NULL) {
            CHECK(!seen[number(entry)]++);
            found++;
            depth--;
        }
        CHECK(depth == 0);
    }
    CHECK(found == NODES);
}

static void *produces(void *argument) {
    int n;
    (void)argument;
    for (n = 0; n < PAGES; n++) {
        node *fresh = page();
        fresh->number = InterlockedIncrement(&produced);
        InterlockedPushEntrySList(&lists[0], &fresh->entry);
    }
    return NULL;
}

/** Gives back each entry at once, which the others may just have seen as the first. */
static void *consumes(void *argument) {
    (void)argument;
    while (consumed < PRODUCERS * PAGES) {
        node *taken = (node *)InterlockedPopEntrySList(&lists[0]);
        if (!taken) {
            sched_yield();
            continue;
        }
        InterlockedAdd64(&sum, taken->number);
        give_back(taken);
        InterlockedIncrement(&consumed);
    }
    return NULL;
}

static void entries_may_vanish(void) {
    team team = {.count = 0};
    LONG64 all = PRODUCERS * PAGES;
    int n;
    for (n = 0; n < PRODUCERS; n++) start(&team, produces, NULL);
    for (n = 0; n < CONSUMERS; n++) start(&team, consumes, NULL);
    join(&team);
    CHECK(consumed == all && sum == all * (all + 1) / 2 && QueryDepthSList(&lists[0]) == 0);
}

int main(void) {
    int n;
    for (n = 0; n < NODES; n++) nodes[n].number = n;
    the_last_in_is_the_first_out();
    many_at_once();
    depth_wraps();
    none_is_lost();
    entries_may_vanish();
    return done();
}
