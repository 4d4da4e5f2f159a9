/* Registered waits: what the conformance suite does not show. */
#include "pool.h"

/** Registers a wait that must be possible. */
static HANDLE wait_for(HANDLE object, WAITORTIMERCALLBACK callback, void *context, DWORD ms, DWORD flags) {
    HANDLE wait = NULL;
    CHECK(RegisterWaitForSingleObject(&wait, object, callback, context, ms, flags) && wait);
    return wait;
}

static int ends(HANDLE wait) { return UnregisterWaitEx(wait, INVALID_HANDLE_VALUE) && FAILS(UnregisterWait(wait), 6); }

static void refusals(void) {
    HANDLE event = new_event(TRUE), wait = NULL;
    HANDLE silent = CreateEventExA(NULL, NULL, 0, EVENT_MODIFY_STATE);
    HANDLE mute = CreateEventExA(NULL, NULL, 0, SYNCHRONIZE);
    counter c = new_counter();
    CHECK(FAILS(RegisterWaitForSingleObject(NULL, event, count, &c, 0, 0), ERROR_NOACCESS));
    CHECK(FAILS(RegisterWaitForSingleObject(&wait, event, NULL, &c, 0, 0), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(RegisterWaitForSingleObject(&wait, NULL, count, &c, 0, 0), ERROR_INVALID_HANDLE));
    CHECK(FAILS(RegisterWaitForSingleObject(&wait, GetCurrentThread(), count, &c, 0, 0), ERROR_INVALID_HANDLE));
    CHECK(FAILS(RegisterWaitForSingleObject(&wait, silent, count, &c, 0, 0), ERROR_ACCESS_DENIED));
    CHECK(!wait && FAILS(RegisterWaitForSingleObjectEx(silent, count, &c, 0, 0), ERROR_ACCESS_DENIED));

    wait = RegisterWaitForSingleObjectEx(event, count, &c, INFINITE, WT_EXECUTEONLYONCE);
    CHECK(wait != NULL);
    CHECK(FAILS(CloseHandle(wait), ERROR_INVALID_HANDLE));
    CHECK(WaitForSingleObject(wait, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);
    /* What cannot be told leaves the wait as it is. */
    CHECK(FAILS(UnregisterWaitEx(wait, c.signaled), ERROR_INVALID_HANDLE));
    CHECK(FAILS(UnregisterWaitEx(wait, mute), ERROR_ACCESS_DENIED));
    CHECK(SetEvent(event) && comes(c.signaled) && ends(wait));
    CHECK(FAILS(UnregisterWait(event), ERROR_INVALID_HANDLE));
    CHECK(CloseHandle(event) && CloseHandle(silent) && CloseHandle(mute));
}

static void more_than_one_thread_can_wait_for(void) {
    enum { MANY = 2500 };
    static HANDLE events[MANY], waits[MANY];
    counter c = new_counter();
    int i;
    for (i = 0; i < MANY; i++) {
        events[i] = new_event(FALSE);
        waits[i] = wait_for(events[i], count, &c, INFINITE, WT_EXECUTEDEFAULT);
    }
    /* A thread has its name only once it runs. */
    while (threads_named("intersync-wait") != 3) sched_yield();
    for (i = 0; i < MANY; i++) CHECK(SetEvent(events[i]));
    for (i = 0; i < MANY; i++) CHECK(comes(c.signaled));
    for (i = 0; i < MANY; i++) {
        CHECK(ends(waits[i]));
        /* Nobody waits any more: the signal stays. */
        CHECK(SetEvent(events[i]) && WaitForSingleObject(events[i], 0) == WAIT_OBJECT_0);
        CHECK(CloseHandle(events[i]));
    }
    CHECK(count_of(c.signaled) == 0 && count_of(c.timed_out) == 0);
}

static void nothing_starves(void) {
    HANDLE always = CreateEventA(NULL, TRUE, TRUE, NULL), other = new_event(FALSE), never = new_event(FALSE);
    counter busy = new_counter(), hasty = new_counter(), c = new_counter();
    HANDLE first = wait_for(always, count, &busy, INFINITE, WT_EXECUTEINWAITTHREAD);
    HANDLE second = wait_for(never, count, &hasty, 0, WT_EXECUTEINWAITTHREAD);
    HANDLE third = wait_for(other, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    HANDLE fourth = wait_for(never, count, &c, 1, WT_EXECUTEDEFAULT);
    int i;
    CHECK(comes(busy.signaled) && comes(hasty.timed_out));
    for (i = 0; i < 20; i++) CHECK(SetEvent(other) && comes(c.signaled) && comes(c.timed_out));
    CHECK(ends(fourth) && ends(third) && ends(second) && ends(first));
    CHECK(SetEvent(never) && WaitForSingleObject(never, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(always) && CloseHandle(other) && CloseHandle(never));
}

static void time_outs_are_not_early(void) {
    HANDLE never = new_event(FALSE), clock = CreateWaitableTimerA(NULL, TRUE, NULL);
    counter c = new_counter();
    LARGE_INTEGER due;
    due.QuadPart = -300000;
    CHECK(SetWaitableTimer(clock, &due, 0, NULL, NULL, FALSE));
    HANDLE wait = wait_for(never, count, &c, 30, WT_EXECUTEONLYONCE);
    CHECK(comes(c.timed_out) && WaitForSingleObject(clock, 0) == WAIT_OBJECT_0);
    CHECK(ends(wait) && CloseHandle(never) && CloseHandle(clock));
}

static HANDLE mutex, released;
static volatile BOOL could;
static volatile DWORD why;

static void CALLBACK release(PVOID context, BOOLEAN timed_out) {
    (void)context;
    CHECK(!timed_out);
    could = ReleaseMutex(mutex);
    why = GetLastError();
    SetEvent(released);
}

static void a_mutex_belongs_to_the_thread_that_waits(void) {
    HANDLE wait;
    released = new_event(FALSE);
    mutex = CreateMutexA(NULL, FALSE, NULL);
    wait = wait_for(mutex, release, NULL, INFINITE, WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE);
    CHECK(comes(released) && could && ends(wait));
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0 && ReleaseMutex(mutex));
    wait = wait_for(mutex, release, NULL, INFINITE, WT_EXECUTEONLYONCE);
    CHECK(comes(released) && !could && why == ERROR_NOT_OWNER && ends(wait));
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_TIMEOUT);
    CHECK(CloseHandle(mutex) && CloseHandle(released));
}

static void calls_of_one_wait_run_at_once(void) {
    HANDLE semaphore = new_count(0);
    counter c = new_counter();
    c.hold = new_event(TRUE);
    HANDLE wait = wait_for(semaphore, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    CHECK(ReleaseSemaphore(semaphore, 12, NULL));
    /* None returns before all have begun. */
    for (int i = 0; i < 12; i++) CHECK(comes(c.signaled));
    CHECK(SetEvent(c.hold) && ends(wait));
    CHECK(CloseHandle(semaphore) && CloseHandle(c.hold));
}

static void there_is_a_bound_to_the_calls_of_one_wait(void) {
    HANDLE semaphore = new_count(1500), probe = new_event(FALSE);
    counter c = new_counter(), around = new_counter();
    c.hold = new_event(TRUE);
    HANDLE wait = wait_for(semaphore, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    HANDLE same_thread = wait_for(probe, count, &around, INFINITE, WT_EXECUTEINWAITTHREAD);
    while (count_of(semaphore) > 500) sched_yield();
    CHECK(SetEvent(probe) && comes(around.signaled) && SetEvent(probe) && comes(around.signaled));
    CHECK(count_of(semaphore) == 500);
    CHECK(SetEvent(c.hold));
    for (int i = 0; i < 1500; i++) CHECK(comes(c.signaled));
    CHECK(ends(wait) && ends(same_thread) && count_of(semaphore) == 0);
    CHECK(CloseHandle(semaphore) && CloseHandle(probe) && CloseHandle(c.hold));
}

static HANDLE another;

static void CALLBACK end_another(PVOID context, BOOLEAN timed_out) {
    (void)timed_out;
    CHECK(UnregisterWaitEx(another, INVALID_HANDLE_VALUE));
    ReleaseSemaphore((HANDLE)context, 1, NULL);
}

static void a_callback_can_end_another_wait_of_its_thread(void) {
    HANDLE event = new_event(TRUE), ended = new_count(0);
    counter c = new_counter();
    another = wait_for(event, count, &c, INFINITE, WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE);
    HANDLE wait = wait_for(event, end_another, ended, INFINITE, WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE);
    CHECK(SetEvent(event) && comes(ended) && ends(wait));
    CHECK(FAILS(UnregisterWait(another), ERROR_INVALID_HANDLE));
    CHECK(CloseHandle(event) && CloseHandle(ended));
}

static void a_wait_outlives_the_handle(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "waited for");
    counter c = new_counter();
    HANDLE wait = wait_for(event, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    CHECK(CloseHandle(event));
    for (int i = 0; i < 10; i++) {
        /* The waiting thread begins anew with each wait that is registered. */
        HANDLE other = new_event(FALSE);
        CHECK(ends(wait_for(other, count, &c, INFINITE, WT_EXECUTEDEFAULT)) && CloseHandle(other));
        CHECK((event = OpenEventA(EVENT_MODIFY_STATE, FALSE, "waited for")) != NULL);
        CHECK(SetEvent(event) && comes(c.signaled) && CloseHandle(event));
    }
    CHECK(ends(wait) && FAILS(OpenEventA(EVENT_MODIFY_STATE, FALSE, "waited for"), ERROR_FILE_NOT_FOUND));
}

enum { ROUNDS = 300, THREADS = 4 };

static HANDLE shared, over;

static DWORD CALLBACK come_and_go(LPVOID context) {
    DWORD flags[] = {WT_EXECUTEDEFAULT, WT_EXECUTEINWAITTHREAD, WT_EXECUTEONLYONCE, WT_EXECUTEINPERSISTENTTHREAD};
    counter *c = (counter *)context;
    HANDLE done = new_event(FALSE);
    for (int i = 0; i < ROUNDS; i++) {
        HANDLE wait = wait_for(shared, count, c, INFINITE, flags[i % 4]);
        CHECK(ReleaseSemaphore(shared, 1, NULL));
        if (i % 3 == 0) {
            CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
        } else {
            SetLastError(0);
            CHECK(UnregisterWaitEx(wait, done) || GetLastError() == ERROR_IO_PENDING);
            CHECK(comes(done));
        }
    }
    CloseHandle(done);
    ReleaseSemaphore(over, 1, NULL);
    return 0;
}

static void each_signal_is_taken_once_or_stays(void) {
    counter c[THREADS];
    LONG taken = 0;
    shared = new_count(0);
    over = new_count(0);
    for (int i = 0; i < THREADS; i++) {
        c[i] = new_counter();
        CHECK(QueueUserWorkItem(come_and_go, &c[i], WT_EXECUTELONGFUNCTION));
    }
    for (int i = 0; i < THREADS; i++) CHECK(comes(over));
    for (int i = 0; i < THREADS; i++) {
        taken += count_of(c[i].signaled);
        CHECK(count_of(c[i].timed_out) == 0 && CloseHandle(c[i].signaled) && CloseHandle(c[i].timed_out));
    }
    CHECK(taken + count_of(shared) == ROUNDS * THREADS);
    CHECK(CloseHandle(shared) && CloseHandle(over));
}

static int waits_for_a_byte(void *from) {
    char byte;
    return read(*(int *)from, &byte, 1) == 1 ? 0 : 1;
}

static void ends_of_processes_are_waited_for(void) {
    int pipes[2], status = -1;
    counter c = new_counter();
    CHECK(pipe(pipes) == 0);
    pid_t child = fork();
    if (child == 0) _exit(waits_for_a_byte(&pipes[0]));
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)child);
    HANDLE wait = wait_for(process, count, &c, INFINITE, WT_EXECUTEONLYONCE);
    CHECK(count_of(c.signaled) == 0 && write(pipes[1], "", 1) == 1 && comes(c.signaled));
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(ends(wait) && CloseHandle(process) && close(pipes[0]) == 0 && close(pipes[1]) == 0);
}

static int registers_its_own(void *parents) {
    HANDLE event = new_event(FALSE);
    counter c = new_counter();
    if (!FAILS(UnregisterWait((HANDLE)parents), ERROR_INVALID_HANDLE)) return 1;
    HANDLE wait = wait_for(event, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    if (wait == (HANDLE)parents || !SetEvent(event) || !comes(c.signaled)) return 2;
    return ends(wait) && !wrong ? 0 : 3;
}

static volatile LONG stop;

static DWORD CALLBACK register_all_the_time(LPVOID stopped) {
    HANDLE never = new_event(FALSE);
    counter c = new_counter();
    while (!InterlockedCompareExchange(&stop, 0, 0)) {
        HANDLE wait = wait_for(never, count, &c, 0, WT_EXECUTEDEFAULT);
        CHECK(ends(wait));
    }
    CHECK(count_of(c.signaled) == 0 && CloseHandle(never) && SetEvent((HANDLE)stopped));
    return 0;
}

static void a_child_begins_anew(void) {
    HANDLE event = new_event(FALSE), stopped = new_event(FALSE);
    counter c = new_counter();
    HANDLE wait = wait_for(event, count, &c, INFINITE, WT_EXECUTEDEFAULT);
    CHECK(QueueUserWorkItem(register_all_the_time, stopped, WT_EXECUTELONGFUNCTION));
    for (int i = 0; i < 30; i++) CHECK(in_child(registers_its_own, wait) == 0);
    InterlockedExchange(&stop, 1);
    CHECK(comes(stopped) && SetEvent(event) && comes(c.signaled) && ends(wait));
}

static volatile pid_t forked;

static void CALLBACK fork_and_return(PVOID done, BOOLEAN timed_out) {
    (void)timed_out;
    pid_t child = fork();
    if (child == 0) return;
    forked = child;
    SetEvent((HANDLE)done);
}

static void a_child_that_a_callback_has_forked_ends_with_it(void) {
    DWORD flags[] = {WT_EXECUTEDEFAULT, WT_EXECUTEINWAITTHREAD};
    for (int i = 0; i < 2; i++) {
        HANDLE event = new_event(FALSE), done = new_event(FALSE);
        HANDLE wait = wait_for(event, fork_and_return, done, INFINITE, flags[i]);
        int status = -1;
        CHECK(SetEvent(event) && comes(done) && ends(wait));
        CHECK(waitpid(forked, &status, 0) == forked && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(CloseHandle(event) && CloseHandle(done));
    }
}

int main(void) {
    refusals();
    more_than_one_thread_can_wait_for();
    nothing_starves();
    time_outs_are_not_early();
    a_mutex_belongs_to_the_thread_that_waits();
    calls_of_one_wait_run_at_once();
    there_is_a_bound_to_the_calls_of_one_wait();
    a_callback_can_end_another_wait_of_its_thread();
    a_wait_outlives_the_handle();
    ends_of_processes_are_waited_for();
    each_signal_is_taken_once_or_stays();
    a_child_begins_anew();
    a_child_that_a_callback_has_forked_ends_with_it();
    return done();
}
