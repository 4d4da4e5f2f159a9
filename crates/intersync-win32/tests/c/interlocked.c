/* The inline functions, checked by what they return and leave behind. Names the line that is wrong. */
#include <intersync/interlockedapi.h>
#include <stdio.h>
#include <stdlib.h>

static void equal(int line, long long got, long long wanted) {
    if (got == wanted) return;
    fprintf(stderr, "line %d: %lld instead of %lld\n", line, got, wanted);
    exit(1);
}
/** Checks what a call returns, and the variable after it. */
#define CHECK(call, returned, left) (equal(__LINE__, (call), (returned)), equal(__LINE__, v, (left)))

static void with_32_bits(void) {
    volatile LONG v = 5;
    CHECK(InterlockedIncrement(&v), 6, 6);
    CHECK(InterlockedDecrement(&v), 5, 5);
    CHECK(InterlockedAdd(&v, 7), 12, 12);
    CHECK(InterlockedExchangeAdd(&v, -2), 12, 10);
    CHECK(InterlockedExchange(&v, 3), 10, 3);
    CHECK(InterlockedCompareExchange(&v, 9, 4), 3, 3);
    CHECK(InterlockedCompareExchange(&v, 9, 3), 3, 9);
    CHECK(InterlockedAnd(&v, 12), 9, 8);
    CHECK(InterlockedOr(&v, 6), 8, 14);
    CHECK(InterlockedXor(&v, 7), 14, 9);
    v = INT32_MAX;
    CHECK(InterlockedIncrement(&v), INT32_MIN, INT32_MIN);
}

static void with_64_bits(void) {
    const LONG64 big = (LONG64)1 << 40;
    volatile LONG64 v = big;
    CHECK(InterlockedIncrement64(&v), big + 1, big + 1);
    CHECK(InterlockedDecrement64(&v), big, big);
    CHECK(InterlockedAdd64(&v, big), 2 * big, 2 * big);
    CHECK(InterlockedExchangeAdd64(&v, -big), 2 * big, big);
    CHECK(InterlockedExchange64(&v, big + 3), big, big + 3);
    CHECK(InterlockedCompareExchange64(&v, 9, 3), big + 3, big + 3);
    CHECK(InterlockedCompareExchange64(&v, 9, big + 3), big + 3, 9);
    CHECK(InterlockedAnd64(&v, 12), 9, 8);
    CHECK(InterlockedOr64(&v, big), 8, big + 8);
    CHECK(InterlockedXor64(&v, big + 1), big + 8, 9);
}

static void with_16_bits(void) {
    volatile SHORT v = 5;
    CHECK(InterlockedIncrement16(&v), 6, 6);
    CHECK(InterlockedDecrement16(&v), 5, 5);
    CHECK(InterlockedExchange16(&v, 3), 5, 3);
    CHECK(InterlockedCompareExchange16(&v, 9, 4), 3, 3);
    CHECK(InterlockedCompareExchange16(&v, 9, 3), 3, 9);
    CHECK(InterlockedAnd16(&v, 12), 9, 8);
    CHECK(InterlockedOr16(&v, 6), 8, 14);
    CHECK(InterlockedXor16(&v, 7), 14, 9);
    v = INT16_MAX;
    CHECK(InterlockedIncrement16(&v), INT16_MIN, INT16_MIN);
}

static void with_8_bits(void) {
    volatile CHAR v = 5;
    CHECK(InterlockedExchangeAdd8(&v, 5), 5, 10);
    CHECK(InterlockedExchange8(&v, 9), 10, 9);
    CHECK(InterlockedAnd8(&v, 12), 9, 8);
    CHECK(InterlockedOr8(&v, 6), 8, 14);
    CHECK(InterlockedXor8(&v, 7), 14, 9);
}

static void with_pointers(void) {
    char a = 0, b = 0;
    PVOID volatile p = &a;
    equal(__LINE__, InterlockedExchangePointer(&p, &b) == &a && p == &b, 1);
    equal(__LINE__, InterlockedCompareExchangePointer(&p, NULL, &a) == &b && p == &b, 1);
    equal(__LINE__, InterlockedCompareExchangePointer(&p, NULL, &b) == &b && p == NULL, 1);
}

int main(void) {
    with_32_bits();
    with_64_bits();
    with_16_bits();
    with_8_bits();
    with_pointers();
    return 0;
}
