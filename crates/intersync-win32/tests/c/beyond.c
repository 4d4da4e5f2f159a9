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

static int wrong;

static void check(int line, const char *what, int holds) {
    if (holds) return;
    printf("line %d: not so: %s (last error %u)\n", line, what, GetLastError());
    wrong++;
}
#define CHECK(condition) check(__LINE__, #condition, (condition) != 0)

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
    (void)argument, (void)low, (void)high;
}

static void completion_routines_are_refused(void) {
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    LARGE_INTEGER due;
    due.QuadPart = 0;
    CHECK(!SetWaitableTimer(timer, &due, 0, routine, NULL, FALSE) && GetLastError() == ERROR_NOT_SUPPORTED);
    CHECK(WaitForSingleObject(timer, 0) == WAIT_TIMEOUT);
    CHECK(CloseHandle(timer));
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

int main(int count, char **arguments) {
    if (count == 2) {
        HANDLE go = (HANDLE)(size_t)strtoull(arguments[1], NULL, 10);
        return WaitForSingleObject(go, INFINITE) == WAIT_OBJECT_0 ? 7 : 8;
    }
    pairs_of_names();
    completion_routines_are_refused();
    numbers();
    private_namespaces();
    children("/proc/self/exe");
    if (!wrong) puts("done");
    return wrong != 0;
}
