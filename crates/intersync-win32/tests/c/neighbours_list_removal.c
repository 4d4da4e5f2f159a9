/*
 * A removal from an interlocked list, halted in the middle: where it looks into the first entry. Not for valgrind, under which
 * an instruction that has failed is not repeated as it was.
 */
#include "neighbours.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static SLIST_HEADER list;
/** The first entry at the beginning, in a page that cannot be read then. */
static SLIST_ENTRY *hidden, *flushed;
static SLIST_ENTRY added;
static volatile LONG ready, halted, over, over_meanwhile;
static char state_of_the_other[64];

/** Whether the other thread sleeps. */
static int it_sleeps(void) {
    char text[256] = {0}, *state;
    int file = open(state_of_the_other, O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) abort();
    close(file);
    state = strrchr(text, ')');
    return state && strncmp(state, ") S", 3) == 0;
}

/** In the middle of the removal. */
static void halt(int signal) {
    (void)signal;
    if (halted) abort();
    if (mprotect(hidden, 4096, PROT_READ | PROT_WRITE) != 0) abort();
    InterlockedPushEntrySList(&list, &added);
    halted = 1;
    while (!over && !it_sleeps()) sched_yield();
    over_meanwhile = over;
}

static void *flushes(void *argument) {
    (void)argument;
    snprintf(state_of_the_other, sizeof state_of_the_other, "/proc/self/task/%ld/stat", (long)syscall(SYS_gettid));
    ready = 1;
    until(&halted, 1);
    flushed = InterlockedFlushSList(&list);
    over = 1;
    return NULL;
}

/**
 * Nobody else removes entries meanwhile, who might then free the one that is being looked into. Adding goes on, even in a
 * signal handler of the same thread, and the removal notices it.
 */
int main(void) {
    struct sigaction action = {.sa_handler = halt};
    team team = {.count = 0};
    if (sigaction(SIGSEGV, &action, NULL) != 0) abort();
    hidden = page();
    InterlockedPushEntrySList(&list, hidden);
    start(&team, flushes, NULL);
    until(&ready, 1);
    if (mprotect(hidden, 4096, PROT_NONE) != 0) abort();
    CHECK(InterlockedPopEntrySList(&list) == &added);
    join(&team);
    CHECK(halted && !over_meanwhile && flushed == hidden && flushed->Next == NULL);
    CHECK(QueryDepthSList(&list) == 0);
    return done();
}
