/**
 * @file
 * Timer with a completion routine: a periodic timer calls a function of the thread that has set it, while that waits alertably.
 *
 * Build: cc timer_routine.c -o timer_routine -lintersync
 */
#include <intersync/windows.h>
#include <stdio.h>

enum { TICKS = 5 };

/** What the routine is called with. */
struct clock {
    HANDLE timer;
    int ticks;
    ULONGLONG last;
    int backwards;
};

/** The time that the timer expired at comes in two halves: 100 ns since 1601. */
static void CALLBACK tick(LPVOID argument, DWORD low, DWORD high) {
    struct clock *clock = argument;
    ULONGLONG now = (ULONGLONG)high << 32 | low;
    if (now < clock->last) clock->backwards = 1;
    clock->last = now;
    clock->ticks++;
    if (clock->ticks == TICKS) CancelWaitableTimer(clock->timer);
}

int main(void) {
    struct clock clock = {CreateWaitableTimerA(NULL, FALSE, NULL), 0, 0, 0};
    LARGE_INTEGER due;
    /* Relative times are negative: 10 ms from now, then each 10 ms. */
    due.QuadPart = -100000;
    if (!clock.timer || !SetWaitableTimer(clock.timer, &due, 10, tick, &clock, FALSE)) {
        fprintf(stderr, "the timer cannot be set: error %u\n", GetLastError());
        return 1;
    }
    while (clock.ticks < TICKS)
        if (SleepEx(INFINITE, TRUE) != WAIT_IO_COMPLETION) return 1;
    /* Nothing comes any more. */
    if (SleepEx(0, TRUE) != 0 || clock.ticks != TICKS || clock.backwards) return 1;
    CloseHandle(clock.timer);
    printf("the routine was called %d times\n", clock.ticks);
    return 0;
}
