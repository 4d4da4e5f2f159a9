/* Ends of processes whose pool is at work: none hangs or crashes, however it comes about. */
#include "pool.h"

static HANDLE always, soon, queue, wait_of_all, timer_of_all;

static void CALLBACK work_on(PVOID context, BOOLEAN timed_out) {
    (void)timed_out;
    HANDLE event = new_event(FALSE), wait = NULL;
    CHECK(RegisterWaitForSingleObject(&wait, event, work_on, context, INFINITE, WT_EXECUTEONLYONCE));
    UnregisterWait(wait);
    CloseHandle(event);
    ReleaseSemaphore(soon, 1, NULL);
}

static DWORD CALLBACK queue_more(LPVOID context) {
    QueueUserWorkItem(queue_more, context, WT_EXECUTEDEFAULT);
    ReleaseSemaphore(soon, 1, NULL);
    return 0;
}

/** Has all threads of the pool work without pause. */
static void set_to_work(void) {
    soon = CreateSemaphoreA(NULL, 0, 0x7FFFFFFF, NULL);
    always = CreateEventA(NULL, TRUE, TRUE, NULL);
    queue = CreateTimerQueue();
    CHECK(RegisterWaitForSingleObject(&wait_of_all, always, work_on, NULL, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(CreateTimerQueueTimer(&timer_of_all, queue, work_on, NULL, 0, 1, WT_EXECUTEINTIMERTHREAD));
    CHECK(QueueUserWorkItem(queue_more, NULL, WT_EXECUTEINPERSISTENTTHREAD));
    for (int i = 0; i < 50; i++) CHECK(comes(soon));
}

static DWORD CALLBACK end_the_process(LPVOID context) {
    (void)context;
    exit(wrong ? 1 : 7);
}

static void CALLBACK end_the_process_too(PVOID context, BOOLEAN timed_out) {
    (void)timed_out;
    end_the_process(context);
}

static void stop_the_work(void) {
    if (!UnregisterWaitEx(wait_of_all, INVALID_HANDLE_VALUE) || !DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE)) _exit(2);
}

static void forever(void) {
    for (;;) pause();
}

static void by_main(void) { end_the_process(NULL); }

static void with_work_stopped_at_the_end(void) {
    CHECK(atexit(stop_the_work) == 0);
    end_the_process(NULL);
}

static void by_a_work_item(void) {
    CHECK(QueueUserWorkItem(end_the_process, NULL, WT_EXECUTELONGFUNCTION));
    forever();
}

static void by_the_thread_that_waits(void) {
    HANDLE wait = NULL;
    CHECK(RegisterWaitForSingleObject(&wait, always, end_the_process_too, NULL, INFINITE, WT_EXECUTEINWAITTHREAD));
    forever();
}

static void by_the_thread_of_the_timers(void) {
    HANDLE timer = NULL;
    CHECK(CreateTimerQueueTimer(&timer, NULL, end_the_process_too, NULL, 1, 0, WT_EXECUTEINTIMERTHREAD));
    forever();
}

static void at_once(void) { _exit(wrong ? 1 : 7); }

int main(void) {
    void (*ways[])(void) = {by_main,
                            with_work_stopped_at_the_end,
                            by_a_work_item,
                            by_the_thread_that_waits,
                            by_the_thread_of_the_timers,
                            at_once};
    for (int i = 0; i < 60; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) {
            set_to_work();
            ways[i % 6]();
        }
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        if (wrong) printf("way %d: status %#x\n", i % 6, status);
    }
    return done();
}
