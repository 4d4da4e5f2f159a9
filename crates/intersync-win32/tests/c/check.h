/* What the test programs share. Each prints what is wrong, then "done" if nothing is. */
#ifndef CHECK_H
#define CHECK_H

#include <intersync/windows.h>
#include <stdio.h>

/** How many things are not as they should be, in any thread. */
static volatile LONG wrong;

static inline void check(int line, const char *what, int holds) {
    if (holds) return;
    printf("line %d: not so: %s (last error %u)\n", line, what, GetLastError());
    InterlockedIncrement(&wrong);
}
#define CHECK(condition) check(__LINE__, #condition, (condition) != 0)

/** What `main` returns. */
static inline int done(void) {
    if (!wrong) puts("done");
    return wrong != 0;
}

#endif
