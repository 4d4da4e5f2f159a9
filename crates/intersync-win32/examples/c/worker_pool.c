/**
 * @file
 * Worker pool: processes that inherit the handles of a semaphore of tasks, of a semaphore of results and of an event to stop. The
 * handles have no names: only those who inherit them have them. The values are told on the command line.
 *
 * Build: cc worker_pool.c -o worker_pool -lintersync
 */
#include <intersync/windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3, TASKS = 30 };

/** A worker: takes tasks until it is to stop. */
static int work(HANDLE tasks, HANDLE results, HANDLE stop) {
    HANDLE either[] = {tasks, stop};
    int done = 0;
    for (;;) {
        DWORD which = WaitForMultipleObjects(2, either, FALSE, INFINITE);
        if (which == WAIT_OBJECT_0 + 1) return done;
        if (which != WAIT_OBJECT_0 || !ReleaseSemaphore(results, 1, NULL)) return 255;
        done++;
    }
}

static HANDLE number(const char *text) {
    return (HANDLE)(ULONG_PTR)strtoul(text, NULL, 10);
}

/** Starts a worker that inherits these three handles and no other. */
static HANDLE start(const char *self, HANDLE *handles) {
    STARTUPINFOEXA startup = {0};
    PROCESS_INFORMATION child = {0};
    SIZE_T size = 0;
    char line[4096];
    snprintf(line, sizeof line, "\"%s\" %u %u %u", self, (DWORD)(ULONG_PTR)handles[0], (DWORD)(ULONG_PTR)handles[1],
             (DWORD)(ULONG_PTR)handles[2]);
    startup.StartupInfo.cb = sizeof startup;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = malloc(size);
    if (!startup.lpAttributeList || !InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size) ||
        !UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, 3 * sizeof(HANDLE),
                                   NULL, NULL) ||
        !CreateProcessA(self, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &startup.StartupInfo, &child))
        fprintf(stderr, "a worker cannot be started: error %u\n", GetLastError());
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    if (child.hThread) CloseHandle(child.hThread);
    return child.hProcess;
}

int main(int argc, char **argv) {
    if (argc == 4) return work(number(argv[1]), number(argv[2]), number(argv[3]));
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE handles[] = {CreateSemaphoreA(&inheritable, 0, TASKS, NULL), CreateSemaphoreA(&inheritable, 0, TASKS, NULL),
                        CreateEventA(&inheritable, TRUE, FALSE, NULL)};
    HANDLE workers[WORKERS];
    DWORD total = 0;
    for (int i = 0; i < WORKERS; i++)
        if (!(workers[i] = start(argv[0], handles))) return 1;
    ReleaseSemaphore(handles[0], TASKS, NULL);
    for (int i = 0; i < TASKS; i++) WaitForSingleObject(handles[1], INFINITE);
    SetEvent(handles[2]);
    WaitForMultipleObjects(WORKERS, workers, TRUE, INFINITE);
    for (int i = 0; i < WORKERS; i++) {
        DWORD done = 0;
        GetExitCodeProcess(workers[i], &done);
        CloseHandle(workers[i]);
        total += done;
    }
    for (int i = 0; i < 3; i++) CloseHandle(handles[i]);
    printf("%d workers have done %u tasks of %d\n", WORKERS, total, TASKS);
    return total == TASKS ? 0 : 1;
}
