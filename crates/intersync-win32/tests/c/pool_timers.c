/* Timer queues. */
#include "pool.h"

static HANDLE new_timer(HANDLE queue, counter *c, DWORD due, DWORD period, ULONG flags) {
    HANDLE timer = NULL;
    CHECK(CreateTimerQueueTimer(&timer, queue, count, c, due, period, flags) && timer);
    return timer;
}

static int goes(HANDLE queue, HANDLE timer) { return DeleteTimerQueueTimer(queue, timer, INVALID_HANDLE_VALUE); }

static void refusals(void) {
    HANDLE queue = CreateTimerQueue(), timer = NULL;
    counter c = new_counter();
    CHECK(FAILS(CreateTimerQueueTimer(NULL, queue, count, &c, 0, 0, 0), ERROR_NOACCESS));
    CHECK(FAILS(CreateTimerQueueTimer(&timer, queue, NULL, &c, 0, 0, 0), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(CreateTimerQueueTimer(&timer, c.signaled, count, &c, 0, 0, 0), ERROR_INVALID_HANDLE));
    CHECK(FAILS(CreateTimerQueueTimer(&timer, queue, count, &c, 0, 1, WT_EXECUTEONLYONCE), ERROR_INVALID_PARAMETER));
    CHECK(timer == NULL);
    CHECK(FAILS(ChangeTimerQueueTimer(queue, NULL, 0, 0), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(DeleteTimerQueueTimer(queue, NULL, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(DeleteTimerQueueEx(NULL, NULL), ERROR_INVALID_HANDLE));
    timer = new_timer(queue, &c, INFINITE, 0, WT_EXECUTEDEFAULT);
    CHECK(FAILS(CloseHandle(timer), ERROR_INVALID_HANDLE) && FAILS(CloseHandle(queue), ERROR_INVALID_HANDLE));
    CHECK(FAILS(DeleteTimerQueueTimer(queue, timer, c.signaled), ERROR_INVALID_HANDLE));
    CHECK(FAILS(DeleteTimerQueueEx(queue, c.signaled), ERROR_INVALID_HANDLE));
    CHECK(DeleteTimerQueueEx(queue, NULL) && FAILS(DeleteTimerQueueEx(queue, NULL), ERROR_INVALID_HANDLE));
    CHECK(FAILS(DeleteTimerQueueTimer(queue, timer, NULL), ERROR_INVALID_PARAMETER));
    CHECK(count_of(c.timed_out) == 0);
}

static void timers_are_due_in_their_order(void) {
    HANDLE queue = CreateTimerQueue(), clock = CreateWaitableTimerA(NULL, TRUE, NULL);
    counter late = new_counter(), early = new_counter();
    LARGE_INTEGER due;
    due.QuadPart = -300000;
    CHECK(SetWaitableTimer(clock, &due, 0, NULL, NULL, FALSE));
    HANDLE second = new_timer(queue, &late, 30, 0, WT_EXECUTEINTIMERTHREAD);
    HANDLE first = new_timer(queue, &early, 1, 0, WT_EXECUTEINTIMERTHREAD);
    CHECK(comes(late.timed_out) && WaitForSingleObject(clock, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(early.timed_out, 0) == WAIT_OBJECT_0);
    /* Both in the thread of the timers, which is no other one. */
    CHECK(late.thread == early.thread && late.thread != (LONG)GetCurrentThreadId());
    CHECK(threads_named("intersync-timer") == 1);
    CHECK(goes(queue, first) && goes(queue, second) && DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
    CHECK(count_of(late.timed_out) == 0 && count_of(late.signaled) == 0 && CloseHandle(clock));
}

static void periods(void) {
    ULONG flags[] = {WT_EXECUTEDEFAULT, WT_EXECUTELONGFUNCTION, WT_EXECUTEINTIMERTHREAD, WT_EXECUTEINPERSISTENTTHREAD};
    for (int i = 0; i < 4; i++) {
        counter c = new_counter();
        HANDLE timer = new_timer(NULL, &c, 0, 1, flags[i]);
        for (int n = 0; n < 5; n++) CHECK(comes(c.timed_out));
        CHECK(goes(NULL, timer));
        LONG total = count_of(c.timed_out);
        /* Another timer is due, and the first is not any more. */
        counter other = new_counter();
        timer = new_timer(NULL, &other, 3, 0, flags[i]);
        CHECK(comes(other.timed_out) && goes(NULL, timer) && count_of(c.timed_out) == total);
    }
}

static void changes(void) {
    HANDLE queue = CreateTimerQueue();
    counter c = new_counter();
    HANDLE timer = new_timer(queue, &c, INFINITE, 0, WT_EXECUTEDEFAULT);
    /* Through another queue: it does not matter. */
    CHECK(ChangeTimerQueueTimer(NULL, timer, 0, 1));
    CHECK(comes(c.timed_out) && comes(c.timed_out) && comes(c.timed_out));
    CHECK(ChangeTimerQueueTimer(queue, timer, 1, 0) && goes(queue, timer));
    while (WaitForSingleObject(c.timed_out, 0) == WAIT_OBJECT_0) continue;

    timer = new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out));
    /* It was due, and is not due again. */
    CHECK(ChangeTimerQueueTimer(queue, timer, 0, 1));
    counter other = new_counter();
    HANDLE later = new_timer(queue, &other, 3, 0, WT_EXECUTEINTIMERTHREAD);
    CHECK(comes(other.timed_out) && goes(queue, later) && goes(queue, timer) && count_of(c.timed_out) == 0);

    timer = new_timer(queue, &c, 3600000, 0, WT_EXECUTEONLYONCE);
    CHECK(ChangeTimerQueueTimer(queue, timer, 0, 0) && comes(c.timed_out) && goes(queue, timer));
    CHECK(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
}

static DWORD CALLBACK let_go(LPVOID hold) {
    SetEvent((HANDLE)hold);
    return 0;
}

static void deleting_while_a_callback_runs(void) {
    HANDLE queue = CreateTimerQueue(), all = new_event(FALSE), one = new_event(FALSE);
    counter c = new_counter();
    c.hold = new_event(TRUE);
    HANDLE timer = new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out) && FAILS(DeleteTimerQueueTimer(queue, timer, NULL), ERROR_IO_PENDING));
    timer = new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out) && FAILS(DeleteTimerQueueTimer(queue, timer, one), ERROR_IO_PENDING));
    new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out) && FAILS(DeleteTimerQueueEx(queue, all), ERROR_IO_PENDING));
    CHECK(WaitForSingleObject(one, 0) == WAIT_TIMEOUT && WaitForSingleObject(all, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(c.hold) && comes(one) && comes(all));

    /* Blocking: the callback is let go by somebody who comes after. */
    CHECK(ResetEvent(c.hold));
    queue = CreateTimerQueue();
    timer = new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out) && QueueUserWorkItem(let_go, c.hold, WT_EXECUTELONGFUNCTION) && goes(queue, timer));
    CHECK(WaitForSingleObject(c.hold, 0) == WAIT_OBJECT_0);
    CHECK(ResetEvent(c.hold));
    timer = new_timer(queue, &c, 0, 0, WT_EXECUTEDEFAULT);
    CHECK(comes(c.timed_out) && QueueUserWorkItem(let_go, c.hold, WT_EXECUTELONGFUNCTION));
    CHECK(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE) && WaitForSingleObject(c.hold, 0) == WAIT_OBJECT_0);

    /* Nothing runs: the event is set at once. */
    queue = CreateTimerQueue();
    timer = new_timer(queue, &c, INFINITE, 0, WT_EXECUTEDEFAULT);
    CHECK(DeleteTimerQueueTimer(queue, timer, one) && WaitForSingleObject(one, 0) == WAIT_OBJECT_0);
    CHECK(DeleteTimerQueueEx(queue, all) && WaitForSingleObject(all, 0) == WAIT_OBJECT_0);
    queue = CreateTimerQueue();
    CHECK(DeleteTimerQueue(queue));
    CHECK(CloseHandle(all) && CloseHandle(one) && CloseHandle(c.hold));
}

static HANDLE self, told;

static void CALLBACK delete_itself(PVOID context, BOOLEAN timed_out) {
    CHECK(timed_out && context == &self && self != NULL);
    CHECK(FAILS(DeleteTimerQueueTimer(NULL, self, told), ERROR_IO_PENDING));
}

static void a_callback_can_delete_its_timer(void) {
    ULONG flags[] = {WT_EXECUTEDEFAULT, WT_EXECUTEINTIMERTHREAD};
    told = new_event(FALSE);
    for (int i = 0; i < 2; i++) {
        self = NULL;
        CHECK(CreateTimerQueueTimer(&self, NULL, delete_itself, &self, 0, 0, flags[i]) && comes(told));
        CHECK(FAILS(DeleteTimerQueueTimer(NULL, self, NULL), ERROR_INVALID_PARAMETER));
    }
    CHECK(CloseHandle(told));
}

static void many_timers(void) {
    enum { MANY = 3000 };
    static HANDLE timers[MANY];
    HANDLE queue = CreateTimerQueue();
    counter c = new_counter(), never = new_counter();
    for (int i = 0; i < MANY; i++) {
        int even = i % 2 == 0;
        timers[i] = new_timer(queue, even ? &c : &never, even ? (DWORD)(i * 7919 % 50) : 3600000, 0, WT_EXECUTEDEFAULT);
    }
    for (int i = 1; i < MANY; i += 2) CHECK(DeleteTimerQueueTimer(queue, timers[i], NULL));
    for (int i = 0; i < MANY / 2; i++) CHECK(comes(c.timed_out));
    CHECK(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
    CHECK(count_of(c.timed_out) == 0 && count_of(never.timed_out) == 0);
}

static int has_timers_of_its_own(void *parents) {
    counter c = new_counter();
    if (!FAILS(DeleteTimerQueueTimer(NULL, (HANDLE)parents, NULL), ERROR_INVALID_PARAMETER)) return 1;
    HANDLE timer = new_timer(NULL, &c, 0, 1, WT_EXECUTEDEFAULT);
    return comes(c.timed_out) && comes(c.timed_out) && goes(NULL, timer) && !wrong ? 0 : 2;
}

static void a_child_has_timers_of_its_own(void) {
    counter c = new_counter();
    HANDLE timer = new_timer(NULL, &c, 0, 1, WT_EXECUTEDEFAULT);
    for (int i = 0; i < 10; i++) CHECK(in_child(has_timers_of_its_own, timer) == 0);
    CHECK(comes(c.timed_out) && goes(NULL, timer));
}

int main(void) {
    refusals();
    timers_are_due_in_their_order();
    periods();
    changes();
    deleting_while_a_callback_runs();
    a_callback_can_delete_its_timer();
    many_timers();
    a_child_has_timers_of_its_own();
    return done();
}
