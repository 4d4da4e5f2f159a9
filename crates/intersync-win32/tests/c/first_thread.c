/* The first thread of a process ends, without a word to the library, before the others. Prints what is wrong, then "done". */
#include <intersync/windows.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static HANDLE mutex, first;

static DWORD WINAPI outlives(LPVOID unused) {
    (void)unused;
    if (WaitForSingleObject(mutex, INFINITE) != WAIT_ABANDONED_0) puts("its mutex was not abandoned");
    if (WaitForSingleObject(first, INFINITE) != WAIT_OBJECT_0) puts("its end was not seen");
    puts("done");
    exit(0);
}

int main(void) {
    mutex = CreateMutexA(NULL, TRUE, NULL);
    first = OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId());
    if (!mutex || !first || !CreateThread(NULL, 0, outlives, NULL, 0, NULL)) {
        printf("last error %u\n", GetLastError());
        return 1;
    }
    pthread_exit(NULL);
}
