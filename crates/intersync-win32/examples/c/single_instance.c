/**
 * @file
 * Single instance: a program that runs once at a time, by a mutex with a name. The first instance starts two more of itself, which
 * find that they are not alone; after it has released the mutex another one may be the first.
 *
 * Build: cc single_instance.c -o single_instance -lintersync
 */
#include <intersync/windows.h>
#include <stdio.h>
#include <string.h>

static HANDLE mutex;

/** Whether this is the only instance. A mutex that an instance left behind as it was killed counts as free. */
static int is_the_only_one(void) {
    mutex = CreateMutexA(NULL, FALSE, "Local\\single-instance-example");
    if (!mutex) return 0;
    DWORD waited = WaitForSingleObject(mutex, 0);
    return waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED;
}

/** Starts this program once more and gives its exit code. */
static DWORD run_another(const char *self) {
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION child;
    char line[4096];
    DWORD code = (DWORD)-1;
    startup.cb = sizeof startup;
    snprintf(line, sizeof line, "\"%s\" another", self);
    if (!CreateProcessA(self, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &child)) {
        fprintf(stderr, "CreateProcess: error %u\n", GetLastError());
        return code;
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    return code;
}

int main(int argc, char **argv) {
    int another = argc > 1 && strcmp(argv[1], "another") == 0;
    if (!is_the_only_one()) {
        printf("%s: there is an instance already\n", another ? "another" : "this");
        return 1;
    }
    printf("%s: the only instance\n", another ? "another" : "this");
    fflush(stdout);
    if (!another) {
        DWORD while_owned = run_another(argv[0]);
        ReleaseMutex(mutex);
        DWORD afterwards = run_another(argv[0]);
        CloseHandle(mutex);
        return while_owned == 1 && afterwards == 0 ? 0 : 2;
    }
    return 0;
}
