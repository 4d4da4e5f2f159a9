/* What the tests of the in-process neighbours share. A program prints what is wrong, then "done" if nothing is. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H
#define _GNU_SOURCE
#include <intersync/windows.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "check.h"

/** A last error that no function sets. */
enum { UNTOUCHED = 4711 };

/** Checks that a call fails with this last error. */
#define FAILS(call, error) (SetLastError(UNTOUCHED), check(__LINE__, #call " fails", !(call) && GetLastError() == (error)))
/** Checks that a call succeeds and leaves the last error alone. */
#define SUCCEEDS(call) (SetLastError(UNTOUCHED), check(__LINE__, #call, (call) && GetLastError() == UNTOUCHED))

enum { MOST_THREADS = 16 };
typedef struct {
    pthread_t threads[MOST_THREADS];
    int count;
} team;

/** Adds a thread to a team. */
static inline void start(team *team, void *(*run)(void *), void *argument) {
    if (team->count == MOST_THREADS || pthread_create(&team->threads[team->count++], NULL, run, argument) != 0) abort();
}

/** Waits until the threads of a team have ended. */
static inline void join(team *team) {
    while (team->count) pthread_join(team->threads[--team->count], NULL);
}

/** Runs so many threads to their end. */
static inline void together(int count, void *(*run)(void *), void *argument) {
    team team = {.count = 0};
    while (team.count < count) start(&team, run, argument);
    join(&team);
}

/** Waits until a variable that other threads change has reached a value. */
static inline void until(volatile LONG *variable, LONG least) {
    while (InterlockedAdd(variable, 0) < least) sched_yield();
}

static inline ULONGLONG milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ULONGLONG)now.tv_sec * 1000 + (ULONGLONG)now.tv_nsec / 1000000;
}

/** Memory of its own, zero. Once it is given back, whoever touches it crashes. */
static inline void *page(void) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    return memory;
}
static inline void give_back(void *memory) {
    munmap(memory, 4096);
}

#endif
