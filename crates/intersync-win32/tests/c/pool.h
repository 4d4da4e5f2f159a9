/* What the tests of the thread pool share. Each program prints what is wrong, then "done" if nothing is. */
#ifndef POOL_H
#define POOL_H

#define _GNU_SOURCE
#include <dirent.h>
#include <intersync/windows.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

/** Whether a call failed, with this last error. */
#define FAILS(call, error) (SetLastError(0), !(call) && GetLastError() == (error))

static inline HANDLE new_event(BOOL manual) { return CreateEventA(NULL, manual, FALSE, NULL); }

static inline HANDLE new_count(LONG initial) { return CreateSemaphoreA(NULL, initial, 1000000, NULL); }

/** Waits for a signal, for as long as it takes. */
static inline int comes(HANDLE object) { return WaitForSingleObject(object, INFINITE) == WAIT_OBJECT_0; }

/** How many times the semaphore was released and not waited for. */
static inline LONG count_of(HANDLE semaphore) {
    LONG found[2] = {-1, -1};
    NtQuerySemaphore(semaphore, 0, found, sizeof found, NULL);
    return found[0];
}

/** How many threads of the process have this name. */
static inline int threads_named(const char *name) {
    DIR *threads = opendir("/proc/self/task");
    struct dirent *thread;
    int count = 0;
    while (threads && (thread = readdir(threads))) {
        char path[300], found[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread->d_name);
        FILE *comm = fopen(path, "r");
        if (!comm) continue;
        if (fgets(found, sizeof found, comm)) found[strcspn(found, "\n")] = 0;
        fclose(comm);
        count += strcmp(found, name) == 0;
    }
    if (threads) closedir(threads);
    return count;
}

/** Counts the calls, and keeps them until it is set if there is an event for that. */
typedef struct counter {
    HANDLE signaled;
    HANDLE timed_out;
    HANDLE hold;
    volatile LONG thread;
} counter;

static inline counter new_counter(void) {
    counter made = {new_count(0), new_count(0), NULL, 0};
    return made;
}

static inline void CALLBACK count(PVOID context, BOOLEAN timed_out) {
    counter *c = (counter *)context;
    HANDLE hold = c->hold;
    c->thread = (LONG)GetCurrentThreadId();
    ReleaseSemaphore(timed_out ? c->timed_out : c->signaled, 1, NULL);
    if (hold) WaitForSingleObject(hold, INFINITE);
}

/** How a child ended that was forked to run `run`: its status, or -1. */
static inline int in_child(int (*run)(void *), void *argument) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) _exit(run(argument));
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
