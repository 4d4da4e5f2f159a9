/* The C part of a crowd that shares one mutex, one event and one semaphore by name: two threads, one with the names in UTF-16,
 * the other with those in UTF-8. Each waits for the start, raises the number in a file under the mutex, and reports its end.
 *
 * usage: mixed FILE TIMES */
#include <intersync/windows.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const char *file;
static int times;

static void must(int line, const char *what, int holds) {
    if (holds) return;
    printf("line %d: not so: %s (last error %u)\n", line, what, GetLastError());
    exit(1);
}
#define MUST(condition) must(__LINE__, #condition, (condition) != 0)

struct objects {
    HANDLE start, turn, done;
};

/** Raises the number in the file. Only one may do so at a time. */
static void raise_number(void) {
    long number = -1;
    FILE *stream = fopen(file, "r");
    MUST(stream && fscanf(stream, "%ld", &number) == 1 && fclose(stream) == 0);
    stream = fopen(file, "w");
    MUST(stream && fprintf(stream, "%ld\n", number + 1) > 0 && fclose(stream) == 0);
}

static void play(const struct objects *objects) {
    int i;
    MUST(WaitForSingleObject(objects->start, INFINITE) == WAIT_OBJECT_0);
    for (i = 0; i < times; i++) {
        MUST(WaitForSingleObject(objects->turn, INFINITE) == WAIT_OBJECT_0);
        raise_number();
        MUST(ReleaseMutex(objects->turn));
    }
    MUST(ReleaseSemaphore(objects->done, 1, NULL));
}

static void *wide(void *unused) {
    struct objects objects;
    MUST(objects.start = OpenEventW(SYNCHRONIZE, FALSE, u"Local\\gem\u00e4\u00df start"));
    MUST(objects.turn = CreateMutexW(NULL, FALSE, u"gem\u00e4\u00df turn"));
    MUST(GetLastError() == ERROR_ALREADY_EXISTS);
    MUST(objects.done = OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, u"gem\u00e4\u00df done"));
    play(&objects);
    return unused;
}

static void *narrow(void *unused) {
    struct objects objects;
    MUST(objects.start = OpenEventA(SYNCHRONIZE, FALSE, "gem\u00e4\u00df start"));
    MUST(objects.turn = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "Local\\gem\u00e4\u00df turn"));
    MUST(objects.done = CreateSemaphoreA(NULL, 0, 1, "gem\u00e4\u00df done"));
    MUST(GetLastError() == ERROR_ALREADY_EXISTS);
    play(&objects);
    return unused;
}

int main(int count, char **arguments) {
    pthread_t threads[2];
    MUST(count == 3);
    file = arguments[1];
    times = atoi(arguments[2]);
    MUST(pthread_create(&threads[0], NULL, wide, NULL) == 0);
    MUST(pthread_create(&threads[1], NULL, narrow, NULL) == 0);
    MUST(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    return 0;
}
