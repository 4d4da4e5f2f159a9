/* What the conformance suite does not call. Prints what is wrong, then "done" if nothing is. */
#define _GNU_SOURCE
#include <errno.h>
#include <intersync/windows.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

/** Whether two handles are good and of one object. Closes both. */
static int are_one(HANDLE a, HANDLE b) {
    int one = a && b && CompareObjectHandles(a, b);
    return (CloseHandle(a) & CloseHandle(b)) && one;
}

static void pairs_of_names(void) {
    HANDLE wide = CreateSemaphoreExW(NULL, 2, 3, u"s\u00e4tze", 0, SEMAPHORE_ALL_ACCESS);
    CHECK(GetLastError() == ERROR_SUCCESS);
    CHECK(are_one(wide, CreateSemaphoreExA(NULL, 0, 1, "s\u00e4tze", 0, SYNCHRONIZE)));
    CHECK(GetLastError() == ERROR_ALREADY_EXISTS);

    wide = CreateWaitableTimerW(NULL, TRUE, u"uhr \U0001F550");
    CHECK(are_one(wide, OpenWaitableTimerA(SYNCHRONIZE, FALSE, "uhr \U0001F550")));
    wide = CreateWaitableTimerExW(NULL, u"t", CREATE_WAITABLE_TIMER_MANUAL_RESET, TIMER_ALL_ACCESS);
    CHECK(are_one(wide, CreateWaitableTimerA(NULL, FALSE, "Local\\t")));
    CHECK(CreateWaitableTimerExW(NULL, u"t", 0x80, TIMER_ALL_ACCESS) == NULL);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
}

static void CALLBACK routine(LPVOID argument, DWORD low, DWORD high) {
    *(ULONGLONG *)argument = (ULONGLONG)high << 32 | low;
}

static void CALLBACK call(ULONG_PTR number) {
    *(int *)number += 1;
}

static void calls(void) {
    const ULONGLONG year_2020 = 132223104000000000ull;
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    LARGE_INTEGER due;
    ULONGLONG at = 0;
    int called = 0;
    due.QuadPart = 0;
    CHECK(SetWaitableTimerEx(timer, &due, 0, routine, &at, NULL, 0));
    CHECK(SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION && at > year_2020);
    /* Set once more for a time of the system's clock, which has passed. */
    at = 0;
    due.QuadPart = (LONGLONG)year_2020;
    CHECK(SetWaitableTimer(timer, &due, 0, routine, &at, FALSE));
    CHECK(SleepEx(0, TRUE) == WAIT_IO_COMPLETION && at == year_2020);
    CHECK(CloseHandle(timer));
    CHECK(QueueUserAPC2(call, GetCurrentThread(), (ULONG_PTR)&called, QUEUE_USER_APC_FLAGS_NONE));
    CHECK(!QueueUserAPC2(call, GetCurrentThread(), (ULONG_PTR)&called, (QUEUE_USER_APC_FLAGS)1));
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(!QueueUserAPC(NULL, GetCurrentThread(), 0) && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(SleepEx(0, TRUE) == WAIT_IO_COMPLETION && called == 1);
}

static void *owns(void *mutex) {
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0);
    return NULL;
}

static void waits_for_many(void) {
    enum { MANY = 300 };
    HANDLE objects[MANY + 1];
    pthread_t thread;
    DWORD index = 7;
    int called = 0, i;
    for (i = 0; i < MANY; i++) objects[i] = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(WaitForMultipleObjects(MANY, objects, FALSE, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(IntersyncWaitForMultipleObjects(MANY, objects, FALSE, 0, FALSE, &index) == WAIT_TIMEOUT && index == 7);
    QueueUserAPC(call, GetCurrentThread(), (ULONG_PTR)&called);
    CHECK(IntersyncWaitForMultipleObjects(MANY, objects, TRUE, INFINITE, TRUE, &index) == WAIT_IO_COMPLETION);
    CHECK(called == 1 && index == 7);
    SetEvent(objects[200]);
    CHECK(IntersyncWaitForMultipleObjects(MANY, objects, FALSE, 0, TRUE, &index) == WAIT_OBJECT_0 && index == 200);
    objects[MANY] = CreateMutexA(NULL, FALSE, NULL);
    CHECK(pthread_create(&thread, NULL, owns, objects[MANY]) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(IntersyncWaitForMultipleObjects(MANY - 200, objects + 201, FALSE, 0, FALSE, &index) == WAIT_ABANDONED_0);
    CHECK(index == MANY - 201 && ReleaseMutex(objects[MANY]));
    for (i = 0; i < MANY; i++) SetEvent(objects[i]);
    CHECK(IntersyncWaitForMultipleObjects(MANY + 1, objects, TRUE, 0, FALSE, NULL) == WAIT_OBJECT_0);
    CHECK(IntersyncWaitForMultipleObjects(2000, objects, TRUE, 0, FALSE, NULL) == WAIT_FAILED);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER && ReleaseMutex(objects[MANY]));
    for (i = 0; i <= MANY; i++) CHECK(CloseHandle(objects[i]));
}

/** What is waited for is looked at, and the right for it, before what is signaled, as by the native function. */
static void order_of_signal_and_wait(void) {
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL), event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL), silent = CreateEventExA(NULL, NULL, 0, EVENT_MODIFY_STATE);
    CHECK(SignalObjectAndWait(timer, silent, 0, FALSE) == WAIT_FAILED && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(SignalObjectAndWait(mutex, silent, 0, TRUE) == WAIT_FAILED && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(NtSignalAndWaitForSingleObject(timer, silent, FALSE, NULL) == STATUS_ACCESS_DENIED);
    CHECK(NtSignalAndWaitForSingleObject(mutex, silent, TRUE, NULL) == STATUS_ACCESS_DENIED);
    CHECK(SignalObjectAndWait(timer, event, 0, FALSE) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(SignalObjectAndWait(mutex, event, 0, FALSE) == WAIT_FAILED && GetLastError() == ERROR_NOT_OWNER);
    CHECK(CloseHandle(timer) && CloseHandle(event) && CloseHandle(mutex) && CloseHandle(silent));
}

static void *number_of_this_thread(void *number) {
    *(DWORD *)number = GetCurrentThreadId();
    CHECK(*(DWORD *)number == (DWORD)syscall(SYS_gettid));
    return NULL;
}

static void numbers(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    DWORD other = 0;
    pthread_t thread;
    CHECK(GetCurrentProcessId() == (DWORD)getpid());
    CHECK(GetProcessId(GetCurrentProcess()) == (DWORD)getpid());
    CHECK(GetCurrentThreadId() == (DWORD)syscall(SYS_gettid));
    CHECK(pthread_create(&thread, NULL, number_of_this_thread, &other) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(other != GetCurrentThreadId());
    CHECK(GetProcessId(NULL) == 0 && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(GetProcessId(event) == 0 && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(OpenProcess(SYNCHRONIZE, FALSE, 0x7FFFFFFF) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(OpenProcess(SYNCHRONIZE, FALSE, 0) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(OpenProcess(SYNCHRONIZE, FALSE, 0xFFFFFFFF) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(OpenProcess(0, FALSE, (DWORD)getpid()) == NULL && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(event));
}

static void private_namespaces(void) {
    SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {SECURITY_WORLD_RID}};
    HANDLE narrow = CreateBoundaryDescriptorA("boundary", 0);
    HANDLE wide = CreateBoundaryDescriptorW(u"boundary", 0);
    HANDLE space, event;
    CHECK(AddSIDToBoundaryDescriptor(&narrow, &everyone) && AddSIDToBoundaryDescriptor(&wide, &everyone));
    space = CreatePrivateNamespaceA(NULL, narrow, "space");
    CHECK(space != NULL);
    CHECK(CreatePrivateNamespaceW(NULL, wide, u"space") == NULL && GetLastError() == ERROR_ALREADY_EXISTS);
    event = CreateEventA(NULL, TRUE, FALSE, "space\\ready");
    CHECK(event != NULL && GetLastError() == ERROR_SUCCESS);
    CHECK(are_one(event, OpenEventW(SYNCHRONIZE, FALSE, u"space\\ready")));
    CHECK(ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    CHECK(OpenPrivateNamespaceA(narrow, "space") == NULL && GetLastError() == ERROR_PATH_NOT_FOUND);
    DeleteBoundaryDescriptor(narrow);
    DeleteBoundaryDescriptor(wide);
}

static void children(const char *self) {
    SECURITY_ATTRIBUTES inheritable = {sizeof(SECURITY_ATTRIBUTES), NULL, TRUE};
    HANDLE go = CreateEventA(&inheritable, TRUE, FALSE, NULL);
    HANDLE kept = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE child;
    char value[32];
    char *arguments[] = {(char *)(uintptr_t)self, value, NULL};
    pid_t pid = -1;
    int status = 0;
    snprintf(value, sizeof value, "%zu", (size_t)go);

    CHECK(intersync_spawn(&pid, "/no/such/program", arguments, 1, NULL, 0) == ENOENT);
    CHECK(intersync_spawn(&pid, self, arguments, 1, &kept, 1) != 0);
    CHECK(pid == -1);

    SetLastError(ERROR_GEN_FAILURE);
    CHECK(intersync_spawn(&pid, self, arguments, 1, &go, 1) == 0);
    CHECK(GetLastError() == ERROR_GEN_FAILURE);
    child = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
    CHECK(child != NULL && GetProcessId(child) == (DWORD)pid);
    CHECK(WaitForSingleObject(child, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(go));
    CHECK(WaitForSingleObject(child, INFINITE) == WAIT_OBJECT_0);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(CloseHandle(child) && CloseHandle(kept) && CloseHandle(go));
}

/** Where no namespace can be, every function says so, those that look for a process or thread included. */
static void without_a_namespace(void) {
    int status = -1;
    CHECK(GetCurrentThreadId() == (DWORD)syscall(SYS_gettid));
    pid_t child = fork();
    if (child == 0) {
        CHECK(GetCurrentThreadId() == (DWORD)syscall(SYS_gettid));
        setenv("INTERSYNC_DIR", "/proc/nowhere", 1);
        CHECK(CreateEventA(NULL, FALSE, FALSE, NULL) == NULL && GetLastError() == ERROR_INTERSYNC_NAMESPACE);
        CHECK(OpenProcess(SYNCHRONIZE, FALSE, (DWORD)getppid()) == NULL && GetLastError() == ERROR_INTERSYNC_NAMESPACE);
        CHECK(OpenThread(SYNCHRONIZE, FALSE, (DWORD)getppid()) == NULL && GetLastError() == ERROR_INTERSYNC_NAMESPACE);
        fflush(stdout);
        _exit(wrong != 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int count, char **arguments) {
    if (count == 2) {
        HANDLE go = (HANDLE)(size_t)strtoull(arguments[1], NULL, 10);
        return WaitForSingleObject(go, INFINITE) == WAIT_OBJECT_0 ? 7 : 8;
    }
    without_a_namespace();
    pairs_of_names();
    calls();
    waits_for_many();
    order_of_signal_and_wait();
    numbers();
    private_namespaces();
    children("/proc/self/exe");
    return done();
}
