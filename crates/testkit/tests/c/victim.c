/* The process that dies, in C: does one operation between two markers, as the victim in Rust does under the same name. */
#define _GNU_SOURCE
#include <intersync/windows.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define OBJECT "object"
#define OWN "the victim's own, with a name of several cells"
/** How long a wait lasts that times out, in milliseconds. */
#define SHORT 30

static HANDLE object, second, third, mutex, peer;

static void must(int line, const char *what, int holds) {
    if (holds) return;
    fprintf(stderr, "victim, line %d: not so: %s (last error %u)\n", line, what, GetLastError());
    _exit(1);
}
#define MUST(condition) must(__LINE__, #condition, (condition) != 0)

static void take(HANDLE handle) {
    DWORD result = WaitForSingleObject(handle, INFINITE);
    MUST(result == WAIT_OBJECT_0 || result == WAIT_ABANDONED);
}

/* What the operations need. */

static void nothing(void) {}

static void attached(void) { MUST(OpenEventA(SYNCHRONIZE, FALSE, "nobody's") == NULL); }

static void open_event(void) { MUST(object = OpenEventA(EVENT_ALL_ACCESS, FALSE, OBJECT)); }

static void open_mutex(void) { MUST(object = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, OBJECT)); }

static void own_mutex(void) {
    open_mutex();
    take(object);
}

static void own_mutex_twice(void) {
    own_mutex();
    take(object);
}

static void open_semaphore(void) { MUST(object = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, OBJECT)); }

static void hold_permit(void) {
    open_semaphore();
    take(object);
}

static void open_timer(void) { MUST(object = OpenWaitableTimerA(TIMER_ALL_ACCESS, FALSE, OBJECT)); }

static void open_two(void) {
    open_event();
    MUST(second = OpenEventA(EVENT_ALL_ACCESS, FALSE, "second"));
}

static void open_three(void) {
    open_two();
    MUST(third = OpenEventA(EVENT_ALL_ACCESS, FALSE, "third"));
}

static void open_two_and_mutex(void) {
    open_two();
    MUST(mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "mutex"));
}

static void create_own(void) { MUST(object = CreateEventA(NULL, TRUE, FALSE, OWN)); }

static void create_own_twice(void) {
    create_own();
    MUST(second = OpenEventA(EVENT_ALL_ACCESS, FALSE, OWN));
}

static void create_unnamed(void) { MUST(object = CreateSemaphoreA(NULL, 0, 1, NULL)); }

static void create_owned(void) { MUST(object = CreateMutexA(NULL, TRUE, OWN)); }

static void own_and_shared(void) {
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    MUST(object = CreateEventA(&inherit, TRUE, FALSE, OWN));
    MUST(second = OpenEventA(EVENT_ALL_ACCESS, TRUE, OBJECT));
}

static void own_shared_and_peer(void) {
    const char *pid = getenv("VICTIM_PEER");
    own_and_shared();
    MUST(pid != NULL);
    MUST(peer = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)strtoul(pid, NULL, 10)));
}

static void open_lonely_mutex(void) { MUST(object = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "lonely")); }

static void with_keeper(void) {
    MUST(object = CreateMutexA(NULL, FALSE, NULL));
    take(object);
}

/* The operations. */

static void acquire(void) { take(object); }

static void acquire_in_vain(void) { MUST(WaitForSingleObject(object, SHORT) == WAIT_TIMEOUT); }

static void release(void) { MUST(ReleaseMutex(object)); }

static void set(void) { MUST(SetEvent(object)); }

static void reset(void) { MUST(ResetEvent(object)); }

static void pulse(void) { MUST(PulseEvent(object)); }

static void release_two(void) {
    LONG previous = -1;
    MUST(ReleaseSemaphore(object, 2, &previous) && previous == 0);
}

static void release_one(void) { MUST(ReleaseSemaphore(object, 1, NULL)); }

static void arm(LONGLONG due_100ns) {
    LARGE_INTEGER due;
    due.QuadPart = due_100ns;
    MUST(SetWaitableTimer(object, &due, 0, NULL, NULL, FALSE));
}

/** An hour hence. */
static void arm_far(void) { arm(-36000000000); }

static void arm_now(void) { arm(0); }

static void cancel(void) { MUST(CancelWaitableTimer(object)); }

static DWORD wait_three(DWORD milliseconds) {
    HANDLE all[] = {object, second, third};
    return WaitForMultipleObjects(3, all, FALSE, milliseconds);
}

static void wait_any(void) { MUST(wait_three(INFINITE) == WAIT_OBJECT_0 + 1); }

static void wait_any_in_vain(void) { MUST(wait_three(SHORT) == WAIT_TIMEOUT); }

static DWORD wait_two_and_mutex(DWORD milliseconds) {
    HANDLE all[] = {object, second, mutex};
    return WaitForMultipleObjects(3, all, TRUE, milliseconds);
}

static void wait_all(void) {
    DWORD result = wait_two_and_mutex(INFINITE);
    MUST(result == WAIT_OBJECT_0 || (result >= WAIT_ABANDONED_0 && result < WAIT_ABANDONED_0 + 3));
}

static void wait_all_in_vain(void) { MUST(wait_two_and_mutex(SHORT) == WAIT_TIMEOUT); }

static void signal_and_wait(void) { MUST(SignalObjectAndWait(object, second, INFINITE, FALSE) == WAIT_OBJECT_0); }

static void create_existing(void) {
    MUST(object = CreateEventA(NULL, FALSE, FALSE, OBJECT));
    MUST(GetLastError() == ERROR_ALREADY_EXISTS);
}

static void close_object(void) { MUST(CloseHandle(object)); }

static void attach_and_own(void) {
    MUST(mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "mutex"));
    take(mutex);
}

static void open_doomed(void) { MUST(OpenEventA(SYNCHRONIZE, FALSE, "held by the doomed") == NULL); }

static void duplicate(HANDLE from, HANDLE handle, HANDLE to, BOOL inherit, DWORD options) {
    HANDLE made = NULL;
    MUST(DuplicateHandle(from, handle, to, &made, 0, inherit, options | DUPLICATE_SAME_ACCESS));
    MUST(made != NULL);
}

static void duplicate_both(void) {
    duplicate(GetCurrentProcess(), object, GetCurrentProcess(), TRUE, 0);
    duplicate(GetCurrentProcess(), second, GetCurrentProcess(), TRUE, 0);
}

static void duplicate_into(void) { duplicate(GetCurrentProcess(), object, peer, FALSE, 0); }

static void move_into(void) { duplicate(GetCurrentProcess(), object, peer, FALSE, DUPLICATE_CLOSE_SOURCE); }

/* The peer has opened the shared event first, as this process has made its own: by the same value. */
static void duplicate_from(void) { duplicate(peer, object, GetCurrentProcess(), FALSE, 0); }

static const struct {
    const char *name;
    void (*prepare)(void);
    void (*act)(void);
} operations[] = {
    {"mutex-acquire-free", open_mutex, acquire},
    {"mutex-acquire-recursive", own_mutex, acquire},
    {"mutex-acquire-abandoned", open_mutex, acquire},
    {"mutex-acquire-contended", open_mutex, acquire},
    {"mutex-acquire-contended-behind-a-waiter", open_mutex, acquire},
    {"mutex-acquire-timed-out", open_mutex, acquire_in_vain},
    {"mutex-release-free", own_mutex, release},
    {"mutex-release-one-waiter", own_mutex, release},
    {"mutex-release-three-waiters", own_mutex, release},
    {"mutex-release-recursive", own_mutex_twice, release},
    {"auto-event-set", open_event, set},
    {"auto-event-set-one-waiter", open_event, set},
    {"auto-event-set-three-waiters", open_event, set},
    {"manual-event-set", open_event, set},
    {"manual-event-set-one-waiter", open_event, set},
    {"manual-event-set-three-waiters", open_event, set},
    {"auto-event-reset", open_event, reset},
    {"manual-event-reset", open_event, reset},
    {"auto-event-reset-one-waiter", open_event, reset},
    {"auto-event-reset-three-waiters", open_event, reset},
    {"manual-event-reset-one-waiter", open_event, reset},
    {"manual-event-reset-three-waiters", open_event, reset},
    {"auto-event-pulse", open_event, pulse},
    {"manual-event-pulse", open_event, pulse},
    {"auto-event-pulse-one-waiter", open_event, pulse},
    {"auto-event-pulse-three-waiters", open_event, pulse},
    {"manual-event-pulse-one-waiter", open_event, pulse},
    {"manual-event-pulse-three-waiters", open_event, pulse},
    {"semaphore-release", open_semaphore, release_two},
    {"semaphore-release-one-waiter", open_semaphore, release_two},
    {"semaphore-release-three-waiters", open_semaphore, release_two},
    {"semaphore-take", open_semaphore, acquire},
    {"semaphore-take-give-back", open_semaphore, acquire},
    {"semaphore-release-give-back", hold_permit, release_one},
    {"timer-set", open_timer, arm_far},
    {"timer-set-due-now", open_timer, arm_now},
    {"timer-set-due-now-one-waiter", open_timer, arm_now},
    {"timer-set-due-now-three-waiters", open_timer, arm_now},
    {"timer-cancel", open_timer, cancel},
    {"timer-wait-due", open_timer, acquire},
    {"wait-satisfied-at-once", open_event, acquire},
    {"wait-blocks-and-is-satisfied", open_event, acquire},
    {"wait-blocks-and-times-out", open_event, acquire_in_vain},
    {"wait-any-satisfied-at-once", open_three, wait_any},
    {"wait-any-blocks-and-is-satisfied", open_three, wait_any},
    {"wait-any-blocks-and-times-out", open_three, wait_any_in_vain},
    {"wait-all-satisfied-at-once", open_two_and_mutex, wait_all},
    {"wait-all-blocks-and-is-satisfied", open_two_and_mutex, wait_all},
    {"wait-all-blocks-and-times-out", open_two_and_mutex, wait_all_in_vain},
    {"event-reset-under-a-wait-all", open_event, reset},
    {"event-set-completes-a-wait-all", open_event, set},
    {"signal-and-wait", open_two, signal_and_wait},
    {"create-named", attached, create_own},
    {"create-owned-mutex", attached, create_owned},
    {"create-existing", attached, create_existing},
    {"create-unnamed", attached, create_unnamed},
    {"open", attached, open_event},
    {"close-last", create_own, close_object},
    {"close-shared", open_event, close_object},
    {"close-one-of-two", create_own_twice, close_object},
    {"close-unnamed", create_unnamed, close_object},
    {"close-owned-mutex", create_owned, close_object},
    {"attach", nothing, attached},
    {"attach-and-own", nothing, attach_and_own},
    {"attach-first", nothing, attached},
    {"create-first", attached, create_own},
    {"reap-by-the-keeper", with_keeper, nothing},
    {"reap-by-opening-a-name", attached, open_doomed},
    {"acquire-from-the-dead", open_lonely_mutex, acquire},
    {"duplicate", own_and_shared, duplicate_both},
    {"duplicate-into-another", own_shared_and_peer, duplicate_into},
    {"duplicate-into-another-and-close", own_shared_and_peer, move_into},
    {"duplicate-from-another", own_shared_and_peer, duplicate_from},
    {"close-last-raw", own_and_shared, close_object},
};

int main(int count, char **arguments) {
    size_t i;
    for (i = 0; count == 2 && i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, arguments[1]) != 0) continue;
        operations[i].prepare();
        MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
        raise(SIGUSR1);
        operations[i].act();
        raise(SIGUSR1);
        for (;;) pause();
    }
    fprintf(stderr, "usage: victim OPERATION\n");
    return 2;
}
