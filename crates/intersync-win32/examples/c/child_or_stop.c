/**
 * @file
 * Child or stop event: one wait ends with a child or with an event that another thread sets, whichever comes first. A child that does not
 * end by itself is ended.
 *
 * Build: cc child_or_stop.c -o child_or_stop -lintersync
 */
#include <intersync/windows.h>
#include <stdio.h>

static DWORD WINAPI stop_it(LPVOID stop) {
    return SetEvent(stop) ? 0 : 1;
}

/** Runs a command until it ends or the event is set; gives its exit code. */
static DWORD run(const char *command, HANDLE stop) {
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION child;
    char line[256];
    DWORD code = (DWORD)-1;
    startup.cb = sizeof startup;
    snprintf(line, sizeof line, "%s", command);
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &child)) {
        fprintf(stderr, "%s: error %u\n", command, GetLastError());
        return code;
    }
    CloseHandle(child.hThread);
    HANDLE either[] = {child.hProcess, stop};
    switch (WaitForMultipleObjects(2, either, FALSE, INFINITE)) {
    case WAIT_OBJECT_0:
        printf("%s: ended by itself\n", command);
        break;
    case WAIT_OBJECT_0 + 1:
        printf("%s: stopped\n", command);
        TerminateProcess(child.hProcess, 99);
        WaitForSingleObject(child.hProcess, INFINITE);
        break;
    default:
        fprintf(stderr, "the wait failed: error %u\n", GetLastError());
    }
    GetExitCodeProcess(child.hProcess, &code);
    CloseHandle(child.hProcess);
    return code;
}

int main(void) {
    HANDLE stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    DWORD by_itself = run("sh -c \"exit 7\"", stop);
    HANDLE stopper = CreateThread(NULL, 0, stop_it, stop, 0, NULL);
    DWORD stopped = run("sleep 1000", stop);
    WaitForSingleObject(stopper, INFINITE);
    CloseHandle(stopper);
    CloseHandle(stop);
    printf("exit codes: %u, %u\n", by_itself, stopped);
    return by_itself == 7 && stopped == 99 ? 0 : 1;
}
