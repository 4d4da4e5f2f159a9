/* Threads: creating, suspending, ending them, their exit codes and ids. Prints what is wrong, then "done" if nothing is. */
#define _GNU_SOURCE
#include <dirent.h>
#include <intersync/windows.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

/** The call fails with this error. */
#define FAILS(call, error) (SetLastError(0), !(call) && GetLastError() == (error))
#define NOT_DONE(call, error) (SetLastError(0), (call) == (DWORD)-1 && GetLastError() == (error))

static DWORD code_of(HANDLE thread) {
    DWORD code = 0xDEAD;
    CHECK(GetExitCodeThread(thread, &code));
    return code;
}

/** Waits for a thread, gives its exit code and closes the handle. */
static DWORD finish(HANDLE thread) {
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    DWORD code = code_of(thread);
    CHECK(CloseHandle(thread));
    return code;
}

static DWORD WINAPI returns(LPVOID value) {
    return (DWORD)(ULONG_PTR)value;
}

static DWORD WINAPI waits(LPVOID event) {
    return WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0 ? 1 : 2;
}

static DWORD WINAPI tells_who(LPVOID ids) {
    DWORD *them = ids;
    them[0] = GetCurrentThreadId();
    them[1] = GetThreadId(GetCurrentThread());
    them[2] = GetProcessIdOfThread(GetCurrentThread());
    return 0;
}

static void codes_and_ids(void) {
    const DWORD codes[] = {0, 1, 258, 259, 0x80000000u, 0xFFFFFFFFu};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        DWORD id = 0;
        SetLastError(77);
        HANDLE thread = CreateThread(NULL, 0, returns, (LPVOID)(ULONG_PTR)codes[i], 0, &id);
        CHECK(thread && id && GetLastError() == 77);
        CHECK(finish(thread) == codes[i]);
    }
    DWORD ids[3] = {0}, id = 0;
    HANDLE thread = CreateThread(NULL, 0, tells_who, ids, 0, &id);
    CHECK(GetThreadId(thread) == id && GetProcessIdOfThread(thread) == GetCurrentProcessId());
    CHECK(finish(thread) == 0);
    CHECK(ids[0] == id && ids[1] == id && ids[2] == GetCurrentProcessId());

    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    thread = CreateThread(NULL, 0, waits, event, 0, NULL);
    CHECK(code_of(thread) == STILL_ACTIVE);
    CHECK(WaitForSingleObject(thread, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(event));
    CHECK(finish(thread) == 1);
    CHECK(CloseHandle(event));
    CHECK(code_of(GetCurrentThread()) == STILL_ACTIVE);
}

static void wrong_arguments(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    DWORD code;
    CHECK(FAILS(CreateThread(NULL, 0, NULL, NULL, 0, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(CreateThread(NULL, 0, returns, NULL, 0x8, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(CreateThread(NULL, (SIZE_T)1 << 60, returns, NULL, 0, NULL), ERROR_NOT_ENOUGH_MEMORY));
    CHECK(FAILS(CreateThread(NULL, (SIZE_T)-1, returns, NULL, 0, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(GetExitCodeThread(event, &code), ERROR_INVALID_HANDLE));
    CHECK(FAILS(GetExitCodeThread(NULL, &code), ERROR_INVALID_HANDLE));
    CHECK(FAILS(GetExitCodeThread(GetCurrentThread(), NULL), ERROR_NOACCESS));
    CHECK(FAILS(GetThreadId(event), ERROR_INVALID_HANDLE));
    CHECK(FAILS(GetProcessIdOfThread(GetCurrentProcess()), ERROR_INVALID_HANDLE));
    CHECK(FAILS(TerminateThread(event, 0), ERROR_INVALID_HANDLE));
    CHECK(NOT_DONE(SuspendThread(event), ERROR_INVALID_HANDLE));
    CHECK(NOT_DONE(ResumeThread(NULL), ERROR_INVALID_HANDLE));
    CHECK(NOT_DONE(SuspendThread(GetCurrentThread()), ERROR_NOT_SUPPORTED));
    CHECK(ResumeThread(GetCurrentThread()) == 0);
    CHECK(FAILS(OpenThread(SYNCHRONIZE, FALSE, 0), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(OpenThread(SYNCHRONIZE, FALSE, 0x7FFFFFFF), ERROR_INVALID_PARAMETER));
    CHECK(CloseHandle(event));
}

static void rights(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    DWORD id, code, flags;
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE thread = CreateThread(&inheritable, 0, waits, event, 0, &id);
    CHECK(GetHandleInformation(thread, &flags) && flags == HANDLE_FLAG_INHERIT);
    HANDLE waiting = OpenThread(SYNCHRONIZE, FALSE, id);
    HANDLE asking = OpenThread(THREAD_QUERY_INFORMATION, TRUE, id);
    HANDLE ending = OpenThread(THREAD_TERMINATE, FALSE, id);
    CHECK(CompareObjectHandles(thread, waiting) && CompareObjectHandles(thread, asking));
    CHECK(GetHandleInformation(asking, &flags) && flags == HANDLE_FLAG_INHERIT);
    CHECK(FAILS(OpenThread(0, FALSE, id), ERROR_ACCESS_DENIED));
    CHECK(FAILS(GetExitCodeThread(waiting, &code), ERROR_ACCESS_DENIED));
    CHECK(FAILS(GetThreadId(waiting), ERROR_ACCESS_DENIED));
    CHECK(FAILS(TerminateThread(asking, 0), ERROR_ACCESS_DENIED));
    CHECK(NOT_DONE(ResumeThread(asking), ERROR_ACCESS_DENIED));
    CHECK(NOT_DONE(SuspendThread(ending), ERROR_ACCESS_DENIED));
    CHECK(FAILS(TerminateThread(ending, 0), ERROR_NOT_SUPPORTED));
    CHECK(WaitForSingleObject(asking, 0) == WAIT_FAILED && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(GetThreadId(asking) == id && code_of(asking) == STILL_ACTIVE);
    CHECK(SetEvent(event));
    CHECK(WaitForSingleObject(waiting, INFINITE) == WAIT_OBJECT_0);
    CHECK(code_of(asking) == 1);
    CHECK(TerminateThread(ending, 9) && code_of(asking) == 1);
    CHECK(NOT_DONE(SuspendThread(thread), ERROR_ACCESS_DENIED));
    CHECK(ResumeThread(thread) == 0);
    CHECK(FAILS(OpenThread(SYNCHRONIZE, FALSE, id), ERROR_INVALID_PARAMETER));
    CHECK(CloseHandle(waiting) && CloseHandle(asking) && CloseHandle(ending) && CloseHandle(thread) && CloseHandle(event));
}

static LONG order;

static void CALLBACK queued(ULONG_PTR place) {
    *(LONG *)place = ++order;
}

static DWORD WINAPI begins(LPVOID place) {
    *(LONG *)place = ++order;
    return 0;
}

static void suspended(void) {
    LONG first = 0, second = 0, begun = 0;
    HANDLE thread = CreateThread(NULL, 0, begins, &begun, CREATE_SUSPENDED, NULL);
    CHECK(SuspendThread(thread) == 1 && SuspendThread(thread) == 2);
    CHECK(QueueUserAPC(queued, thread, (ULONG_PTR)&first) && QueueUserAPC(queued, thread, (ULONG_PTR)&second));
    CHECK(ResumeThread(thread) == 3 && ResumeThread(thread) == 2);
    CHECK(code_of(thread) == STILL_ACTIVE && order == 0);
    CHECK(ResumeThread(thread) == 1);
    CHECK(finish(thread) == 0);
    CHECK(first == 1 && second == 2 && begun == 3);

    thread = CreateThread(NULL, 0, begins, &begun, CREATE_SUSPENDED, NULL);
    for (DWORD times = 1; times < MAXIMUM_SUSPEND_COUNT; times++) CHECK(SuspendThread(thread) == times);
    CHECK(NOT_DONE(SuspendThread(thread), ERROR_SIGNAL_REFUSED));
    CHECK(TerminateThread(thread, 0xC0000005u));
    CHECK(finish(thread) == 0xC0000005u && order == 3);
}

static int cleaned;

static void cleans(void *what) {
    *(int *)what = 1;
}

static void deep(int levels) {
    if (levels == 0) ExitThread(0x12345678);
    deep(levels - 1);
}

static DWORD WINAPI exits(LPVOID mutex) {
    CHECK(WaitForSingleObject(mutex, INFINITE) == WAIT_OBJECT_0);
    pthread_cleanup_push(cleans, &cleaned);
    deep(100);
    pthread_cleanup_pop(0);
    return 0;
}

static void CALLBACK exits_within(ULONG_PTR code) {
    ExitThread((DWORD)code);
}

static DWORD WINAPI is_ended_by_a_call(LPVOID mutex) {
    CHECK(WaitForSingleObject(mutex, INFINITE) != WAIT_FAILED);
    CHECK(QueueUserAPC(exits_within, GetCurrentThread(), 42));
    SleepEx(INFINITE, TRUE);
    CHECK(!"a thread that has ended goes on");
    return 0;
}

static DWORD WINAPI terminates_itself(LPVOID mutex) {
    CHECK(WaitForSingleObject(mutex, INFINITE) != WAIT_FAILED);
    CHECK(TerminateThread(GetCurrentThread(), 43));
    return 0;
}

static void *of_the_system(void *handle) {
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), handle, 0, FALSE, DUPLICATE_SAME_ACCESS);
    ExitThread(44);
}

static void ends(void) {
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL), thread;
    pthread_t other;
    CHECK(finish(CreateThread(NULL, 0, exits, mutex, 0, NULL)) == 0x12345678);
    CHECK(cleaned && WaitForSingleObject(mutex, INFINITE) == WAIT_ABANDONED_0);
    CHECK(ReleaseMutex(mutex));
    CHECK(finish(CreateThread(NULL, 0, is_ended_by_a_call, mutex, 0, NULL)) == 42);
    CHECK(WaitForSingleObject(mutex, INFINITE) == WAIT_ABANDONED_0);
    CHECK(ReleaseMutex(mutex));
    CHECK(finish(CreateThread(NULL, 0, terminates_itself, mutex, 0, NULL)) == 43);
    CHECK(WaitForSingleObject(mutex, INFINITE) == WAIT_ABANDONED_0);
    CHECK(ReleaseMutex(mutex) && CloseHandle(mutex));
    /* A call that is queued to a thread which has not begun can end it too. */
    thread = CreateThread(NULL, 0, returns, NULL, CREATE_SUSPENDED, NULL);
    CHECK(QueueUserAPC(exits_within, thread, 45) && ResumeThread(thread) == 1);
    CHECK(finish(thread) == 45);
    CHECK(pthread_create(&other, NULL, of_the_system, &thread) == 0 && pthread_join(other, NULL) == 0);
    CHECK(finish(thread) == 44);
}

static DWORD WINAPI measures(LPVOID unused) {
    pthread_attr_t attributes;
    size_t size;
    (void)unused;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return (DWORD)size;
}

static DWORD WINAPI fills(LPVOID size) {
    volatile char *much = __builtin_alloca((size_t)size);
    for (size_t i = 0; i < (size_t)size; i += 4096) much[i] = 1;
    return 1;
}

static void stacks(void) {
    const DWORD reservation = STACK_SIZE_PARAM_IS_A_RESERVATION;
    /* The C library may use a larger stack again. */
    CHECK(finish(CreateThread(NULL, 4096, measures, NULL, 0, NULL)) >= 1 << 20);
    CHECK(finish(CreateThread(NULL, (1 << 20) + 1, measures, NULL, 0, NULL)) >= (1 << 20) + (1 << 16));
    CHECK(finish(CreateThread(NULL, 1, measures, NULL, reservation, NULL)) >= 1 << 18);
    CHECK(finish(CreateThread(NULL, 3 << 20, measures, NULL, reservation, NULL)) >= 3 << 20);
    CHECK(finish(CreateThread(NULL, 64 << 20, fills, (LPVOID)(63 << 20), 0, NULL)) == 1);
}

static DWORD WINAPI adds(LPVOID sum) {
    InterlockedIncrement(sum);
    return 0;
}

static DWORD WINAPI creates(LPVOID sum) {
    enum { EACH = 40 };
    HANDLE threads[EACH];
    for (int i = 0; i < EACH; i++) threads[i] = CreateThread(NULL, 0, adds, sum, i % 2 ? CREATE_SUSPENDED : 0, NULL);
    for (int i = 1; i < EACH; i += 2) CHECK(ResumeThread(threads[i]) == 1);
    CHECK(WaitForMultipleObjects(EACH, threads, TRUE, INFINITE) == WAIT_OBJECT_0);
    for (int i = 0; i < EACH; i++) CHECK(CloseHandle(threads[i]));
    return EACH;
}

static void many_at_once(void) {
    enum { CREATORS = 8 };
    HANDLE creators[CREATORS];
    LONG sum = 0, expected = 0;
    for (int i = 0; i < CREATORS; i++) creators[i] = CreateThread(NULL, 0, creates, &sum, 0, NULL);
    for (int i = 0; i < CREATORS; i++) expected += (LONG)finish(creators[i]);
    CHECK(sum == expected && sum == 320);
}

static volatile LONG begun, begun_early;
static void *guarded_page;

static DWORD WINAPI notes_that_it_begins(LPVOID event) {
    InterlockedExchange(&begun, 1);
    return waits(event);
}

/** Whether all threads but the calling one sleep. */
static int all_others_sleep(void) {
    DIR *threads = opendir("/proc/self/task");
    struct dirent *thread;
    int all = threads != NULL;
    while (threads && (thread = readdir(threads))) {
        char path[300], status[512] = "";
        if (thread->d_name[0] == '.' || (DWORD)atoi(thread->d_name) == GetCurrentThreadId()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread->d_name);
        FILE *stat = fopen(path, "r");
        if (!stat) continue;
        all &= fgets(status, sizeof status, stat) && strstr(status, ") S ") != NULL;
        fclose(stat);
    }
    if (threads) closedir(threads);
    return all;
}

/** The id of a new thread is about to be stored: the thread must not do anything before. */
static void stores(int signal) {
    (void)signal;
    while (!all_others_sleep()) sched_yield();
    begun_early = begun;
    if (mprotect(guarded_page, 4096, PROT_READ | PROT_WRITE) != 0) abort();
}

static void id_comes_first(void) {
    struct sigaction action = {.sa_handler = stores}, before;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), thread;
    DWORD *id = guarded_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(guarded_page != MAP_FAILED && sigaction(SIGSEGV, &action, &before) == 0);
    thread = CreateThread(NULL, 0, notes_that_it_begins, event, 0, id);
    CHECK(thread && !begun_early && *id == GetThreadId(thread));
    CHECK(sigaction(SIGSEGV, &before, NULL) == 0 && SetEvent(event));
    CHECK(finish(thread) == 1 && begun && CloseHandle(event) && munmap(guarded_page, 4096) == 0);
}

static HANDLE first_thread;

static DWORD WINAPI outlives(LPVOID unused) {
    (void)unused;
    /* The end of the first thread is seen, and is not the end of the process. */
    CHECK(WaitForSingleObject(first_thread, INFINITE) == WAIT_OBJECT_0 && code_of(first_thread) == 7);
    exit(done());
}

int main(void) {
    codes_and_ids();
    id_comes_first();
    wrong_arguments();
    rights();
    suspended();
    ends();
    stacks();
    many_at_once();
    first_thread = OpenThread(THREAD_ALL_ACCESS, FALSE, GetCurrentThreadId());
    CHECK(first_thread && GetThreadId(first_thread) == (DWORD)getpid());
    CHECK(CreateThread(NULL, 0, outlives, NULL, 0, NULL) != NULL);
    ExitThread(7);
}
