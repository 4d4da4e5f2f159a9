/* Waiting for a change at an address. */
#include "neighbours.h"

enum { THREADS = 8, TURNS = 3000 };

/** What the threads of a game look at: so many bytes, from an address. */
typedef struct {
    char *address;
    SIZE_T size;
} place;

static char bytes[32] __attribute__((aligned(16)));
static volatile LONG waiting, woken, tokens;

static void refusals(void) {
    static const SIZE_T bad[] = {0, 3, 5, 6, 7, 9, 16, (SIZE_T)-1};
    char same[16] = {0};
    size_t n;
    for (n = 0; n < sizeof bad / sizeof *bad; n++) {
        FAILS(WaitOnAddress(bytes, same, bad[n], 0), ERROR_INVALID_PARAMETER);
        FAILS(WaitOnAddress(bytes, same, bad[n], INFINITE), ERROR_INVALID_PARAMETER);
    }
    FAILS(WaitOnAddress(NULL, same, 4, 0), ERROR_NOACCESS);
    FAILS(WaitOnAddress(bytes, NULL, 4, 0), ERROR_NOACCESS);
    SetLastError(UNTOUCHED);
    WakeByAddressSingle(NULL);
    WakeByAddressAll(NULL);
    WakeByAddressSingle(bytes);
    WakeByAddressAll(bytes);
    CHECK(GetLastError() == UNTOUCHED);
}

/** All bytes that are given count, and no others. */
static void comparisons(void) {
    SIZE_T size, n;
    for (size = 1; size <= 8; size *= 2) {
        for (n = 0; n < 16; n++) {
            char other[16] = {0};
            char *address = bytes + (n % 3 ? 0 : 5);
            other[n] = 1;
            if (n < size) SUCCEEDS(WaitOnAddress(address, other, size, INFINITE));
            else FAILS(WaitOnAddress(address, other, size, 0), ERROR_TIMEOUT);
        }
    }
}

static void time_outs(void) {
    char same[8] = {0};
    SIZE_T size;
    for (size = 1; size <= 8; size *= 2) {
        ULONGLONG began = milliseconds();
        FAILS(WaitOnAddress(bytes, same, size, 20), ERROR_TIMEOUT);
        CHECK(milliseconds() - began >= 20);
    }
}

static void *answers(void *argument) {
    place *at = argument;
    char *last = at->address + at->size - 1;
    int n;
    /* Waits for odd turns, and makes even ones. The turn is in the last of the bytes. */
    for (n = 0; n < TURNS; n++) {
        char old[8] = {0};
        old[at->size - 1] = (char)(2 * n);
        while (__atomic_load_n(last, __ATOMIC_SEQ_CST) == old[at->size - 1])
            SUCCEEDS(WaitOnAddress(at->address, old, at->size, INFINITE));
        __atomic_add_fetch(last, 1, __ATOMIC_SEQ_CST);
        WakeByAddressSingle(at->address);
    }
    return NULL;
}

static void turn_by_turn(char *address, SIZE_T size) {
    place at = {address, size};
    team team = {.count = 0};
    char *last = address + size - 1;
    int n;
    memset(bytes, 0, sizeof bytes);
    start(&team, answers, &at);
    for (n = 0; n < TURNS; n++) {
        char old[8] = {0};
        __atomic_add_fetch(last, 1, __ATOMIC_SEQ_CST);
        WakeByAddressAll(address);
        old[size - 1] = (char)(2 * n + 1);
        while (__atomic_load_n(last, __ATOMIC_SEQ_CST) == old[size - 1]) SUCCEEDS(WaitOnAddress(address, old, size, INFINITE));
        CHECK(*last == (char)(2 * n + 2));
    }
    join(&team);
}

static void *takes_a_token(void *argument) {
    (void)argument;
    InterlockedIncrement(&waiting);
    for (;;) {
        LONG now = InterlockedAdd(&tokens, 0), none = 0;
        if (now == 0) SUCCEEDS(WaitOnAddress(&tokens, &none, sizeof none, INFINITE));
        else if (InterlockedCompareExchange(&tokens, now - 1, now) == now) break;
    }
    InterlockedIncrement(&woken);
    return NULL;
}

static void *waits_for_the_end(void *argument) {
    volatile LONG *over = argument;
    InterlockedIncrement(&waiting);
    while (!*over) {
        LONG none = 0;
        SUCCEEDS(WaitOnAddress(over, &none, sizeof none, INFINITE));
    }
    return NULL;
}

static void one_and_all(void) {
    static volatile LONG over;
    team team = {.count = 0};
    LONG n;
    while (team.count < THREADS) start(&team, takes_a_token, NULL);
    until(&waiting, THREADS);
    for (n = 1; n <= THREADS; n++) {
        InterlockedIncrement(&tokens);
        WakeByAddressSingle((PVOID)&tokens);
        until(&woken, n);
        CHECK(woken == n);
    }
    join(&team);
    waiting = 0;
    while (team.count < THREADS) start(&team, waits_for_the_end, (void *)&over);
    until(&waiting, THREADS);
    over = 1;
    WakeByAddressAll((PVOID)&over);
    join(&team);
}

int main(void) {
    SIZE_T size;
    refusals();
    comparisons();
    time_outs();
    for (size = 1; size <= 8; size *= 2) {
        turn_by_turn(bytes, size);
        turn_by_turn(bytes + 5, size);
    }
    one_and_all();
    return done();
}
