/**
 * @file
 * Duplicate into a running process: a process that already runs is given a handle to an event without a name. It learns the value through
 * a pipe, its standard input.
 *
 * Build: cc duplicate_into.c -o duplicate_into -lintersync
 */
#define _POSIX_C_SOURCE 200809L
#include <intersync/windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** The process that runs already: sets the event whose handle it is told. */
static int receiver(void) {
    unsigned long value = 0;
    /* A process gets handles only once it uses the library. */
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, "Local\\duplicate-into-example");
    if (!ready || !SetEvent(ready)) return 1;
    CloseHandle(ready);
    if (scanf("%lu", &value) != 1) return 2;
    return SetEvent((HANDLE)(ULONG_PTR)value) ? 0 : 3;
}

/** Starts this program as the receiver, with a pipe to its standard input. */
static pid_t start(const char *self, FILE **to) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(pipe_ends[0], 0);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        execl(self, self, "receiver", (char *)NULL);
        _exit(127);
    }
    close(pipe_ends[0]);
    *to = fdopen(pipe_ends[1], "w");
    return child;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "receiver") == 0) return receiver();
    HANDLE ready = CreateEventA(NULL, TRUE, FALSE, "Local\\duplicate-into-example");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), theirs = NULL;
    FILE *to = NULL;
    int status = -1;
    pid_t child = start("/proc/self/exe", &to);
    if (child < 0 || !to || !ready || !event) return 1;
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE | SYNCHRONIZE, FALSE, (DWORD)child);
    HANDLE either[] = {ready, process};
    if (WaitForMultipleObjects(2, either, FALSE, INFINITE) != WAIT_OBJECT_0) return 1;
    /* It may set the event, and nothing else. */
    if (!DuplicateHandle(GetCurrentProcess(), event, process, &theirs, EVENT_MODIFY_STATE, FALSE, 0)) {
        fprintf(stderr, "DuplicateHandle: error %u\n", GetLastError());
        return 1;
    }
    fprintf(to, "%u\n", (DWORD)(ULONG_PTR)theirs);
    fclose(to);
    either[0] = event;
    DWORD first = WaitForMultipleObjects(2, either, FALSE, INFINITE);
    waitpid(child, &status, 0);
    CloseHandle(process);
    CloseHandle(event);
    CloseHandle(ready);
    if (first != WAIT_OBJECT_0 || status != 0) return 1;
    printf("the other process has set the event by the handle it was given\n");
    return 0;
}
