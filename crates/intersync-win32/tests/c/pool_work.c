/* Work items, and the threads that run them. */
#include "pool.h"

static HANDLE begun, hold, returned;

static DWORD CALLBACK work(LPVOID context) {
    ReleaseSemaphore(begun, 1, NULL);
    if (context) WaitForSingleObject((HANDLE)context, INFINITE);
    ReleaseSemaphore(returned, 1, NULL);
    return 7;
}

static void all_come(HANDLE semaphore, int times) {
    while (times--) CHECK(comes(semaphore));
}

static void refusals(void) { CHECK(FAILS(QueueUserWorkItem(NULL, NULL, 0), ERROR_INVALID_PARAMETER)); }

static void each_is_run_once(void) {
    DWORD flags[] = {WT_EXECUTEDEFAULT, WT_EXECUTELONGFUNCTION, WT_EXECUTEINIOTHREAD, WT_TRANSFER_IMPERSONATION};
    for (int i = 0; i < 4000; i++) CHECK(QueueUserWorkItem(work, NULL, flags[i % 4]));
    all_come(returned, 4000);
    CHECK(count_of(begun) == 4000 && count_of(returned) == 0);
    all_come(begun, 4000);
}

static void items_that_wait_for_others_do_not_block_them(void) {
    for (int i = 0; i < 40; i++) CHECK(QueueUserWorkItem(work, hold, WT_EXECUTEDEFAULT));
    /* None returns before all have begun. */
    all_come(begun, 40);
    CHECK(count_of(returned) == 0 && SetEvent(hold));
    all_come(returned, 40);
    CHECK(ResetEvent(hold));
    for (int i = 0; i < 40; i++) CHECK(QueueUserWorkItem(work, hold, WT_EXECUTELONGFUNCTION));
    all_come(begun, 40);
    CHECK(SetEvent(hold));
    all_come(returned, 40);
    CHECK(ResetEvent(hold));
}

static void there_are_as_many_threads_as_the_program_allows(void) {
    ULONG flags = WT_EXECUTELONGFUNCTION;
    while (threads_named("intersync-pool") > 0) sched_yield();
    WT_SET_MAX_THREADPOOL_THREADS(flags, 3);
    CHECK(flags == (WT_EXECUTELONGFUNCTION | 3u << 16));
    for (int i = 0; i < 10; i++) CHECK(QueueUserWorkItem(work, hold, flags));
    all_come(begun, 3);
    CHECK(threads_named("intersync-pool") == 3 && count_of(begun) == 0);
    /* The others wait for a thread, or for one more to be allowed. */
    WT_SET_MAX_THREADPOOL_THREADS(flags, 500);
    CHECK(QueueUserWorkItem(work, hold, flags));
    CHECK(comes(begun) && SetEvent(hold));
    all_come(returned, 11);
    all_come(begun, 7);
}

static int works_in_a_child(void *context) {
    (void)context;
    if (!QueueUserWorkItem(work, NULL, WT_EXECUTEDEFAULT) || !comes(returned)) return 1;
    return 0;
}

static pid_t forked;

static DWORD CALLBACK fork_and_return(LPVOID context) {
    pid_t child = fork();
    (void)context;
    if (child == 0) return 0;
    forked = child;
    ReleaseSemaphore(returned, 1, NULL);
    return 0;
}

static void children_have_threads_of_their_own(void) {
    int status = -1;
    CHECK(in_child(works_in_a_child, NULL) == 0 && comes(begun));
    CHECK(QueueUserWorkItem(fork_and_return, NULL, WT_EXECUTEDEFAULT) && comes(returned));
    CHECK(waitpid(forked, &status, 0) == forked && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static HANDLE called, thread;
static volatile LONG worker, wrong_thread;

static void CALLBACK call(ULONG_PTR data) {
    (void)data;
    if ((LONG)GetCurrentThreadId() != worker) InterlockedIncrement(&wrong_thread);
    ReleaseSemaphore(called, 1, NULL);
}

static void CALLBACK expire(LPVOID data, DWORD low, DWORD high) {
    (void)low, (void)high;
    call((ULONG_PTR)data);
}

static DWORD CALLBACK queue_calls(LPVOID timer) {
    LARGE_INTEGER now = {.QuadPart = -1};
    worker = (LONG)GetCurrentThreadId();
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(QueueUserAPC(call, thread, 0) && count_of(called) == 0);
    CHECK(SetWaitableTimer((HANDLE)timer, &now, 1, expire, NULL, FALSE));
    ReleaseSemaphore(returned, 1, NULL);
    return 0;
}

static void CALLBACK return_too(ULONG_PTR data) {
    (void)data;
    ReleaseSemaphore(returned, 1, NULL);
}

static void CALLBACK fork_and_return_too(ULONG_PTR data) { fork_and_return((LPVOID)data); }

static void lasting_threads_run_what_is_queued_to_them(void) {
    DWORD flags[] = {WT_EXECUTEINPERSISTENTTHREAD, WT_EXECUTEINIOTHREAD};
    called = new_count(0);
    for (int i = 0; i < 2; i++) {
        HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL);
        CHECK(QueueUserWorkItem(queue_calls, timer, flags[i]) && comes(returned));
        /* One call, and the timer's. */
        for (int n = 0; n < 4; n++) CHECK(comes(called));
        CHECK(CancelWaitableTimer(timer) && CloseHandle(timer));
        /* The routine may have begun before the timer was cancelled; what is queued now runs after it. */
        CHECK(QueueUserAPC(return_too, thread, 0) && comes(returned));
        while (WaitForSingleObject(called, 0) == WAIT_OBJECT_0) continue;
        /* The thread is idle, or busy with others: they do not keep it from being called. */
        for (int n = 0; n < 100; n++) {
            CHECK(QueueUserAPC(call, thread, 0) && QueueUserWorkItem(work, NULL, flags[i]));
            CHECK(comes(called) && comes(returned) && comes(begun));
        }
        /* A child that is forked by what is called ends with it. */
        int status = -1;
        CHECK(QueueUserAPC(fork_and_return_too, thread, 0) && comes(returned));
        CHECK(waitpid(forked, &status, 0) == forked && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(CloseHandle(thread) && wrong_thread == 0);
    }
    CHECK(CloseHandle(called));
}

static void a_persistent_thread_stays_when_the_others_go(void) {
    CHECK(QueueUserWorkItem(work, NULL, WT_EXECUTEINPERSISTENTTHREAD) && comes(returned) && comes(begun));
    while (threads_named("intersync-pool") > 1) sched_yield();
    CHECK(threads_named("intersync-pool") == 1);
}

int main(void) {
    begun = new_count(0);
    returned = new_count(0);
    hold = new_event(TRUE);
    refusals();
    items_that_wait_for_others_do_not_block_them();
    there_are_as_many_threads_as_the_program_allows();
    children_have_threads_of_their_own();
    a_persistent_thread_stays_when_the_others_go();
    lasting_threads_run_what_is_queued_to_them();
    each_is_run_once();
    return done();
}
