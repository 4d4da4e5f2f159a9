/**
 * @file
 * Bounded buffer: producers and consumers share a buffer of a few places. One semaphore counts the free places, one the full ones,
 * and a mutex guards the buffer.
 *
 * Build: cc bounded_buffer.c -o bounded_buffer -lintersync
 */
#include <intersync/windows.h>
#include <stdio.h>

enum { PLACES = 4, PRODUCERS = 3, CONSUMERS = 2, EACH = 1000, END = -1 };

static int buffer[PLACES];
static int first, used;
static HANDLE free_places, full_places, guard;

static void put(int value) {
    WaitForSingleObject(free_places, INFINITE);
    WaitForSingleObject(guard, INFINITE);
    buffer[(first + used++) % PLACES] = value;
    ReleaseMutex(guard);
    ReleaseSemaphore(full_places, 1, NULL);
}

static int take(void) {
    WaitForSingleObject(full_places, INFINITE);
    WaitForSingleObject(guard, INFINITE);
    int value = buffer[first];
    first = (first + 1) % PLACES;
    used--;
    ReleaseMutex(guard);
    ReleaseSemaphore(free_places, 1, NULL);
    return value;
}

static DWORD WINAPI produce(LPVOID unused) {
    (void)unused;
    for (int value = 1; value <= EACH; value++) put(value);
    return 0;
}

/** Adds up what it takes; its exit code is the sum. */
static DWORD WINAPI consume(LPVOID unused) {
    DWORD sum = 0;
    (void)unused;
    for (int value = take(); value != END; value = take()) sum += (DWORD)value;
    return sum;
}

int main(void) {
    HANDLE producers[PRODUCERS], consumers[CONSUMERS];
    DWORD sum = 0;
    free_places = CreateSemaphoreA(NULL, PLACES, PLACES, NULL);
    full_places = CreateSemaphoreA(NULL, 0, PLACES, NULL);
    guard = CreateMutexA(NULL, FALSE, NULL);
    if (!free_places || !full_places || !guard) return 1;
    for (int i = 0; i < PRODUCERS; i++) producers[i] = CreateThread(NULL, 0, produce, NULL, 0, NULL);
    for (int i = 0; i < CONSUMERS; i++) consumers[i] = CreateThread(NULL, 0, consume, NULL, 0, NULL);
    WaitForMultipleObjects(PRODUCERS, producers, TRUE, INFINITE);
    for (int i = 0; i < CONSUMERS; i++) put(END);
    WaitForMultipleObjects(CONSUMERS, consumers, TRUE, INFINITE);
    for (int i = 0; i < CONSUMERS; i++) {
        DWORD part = 0;
        GetExitCodeThread(consumers[i], &part);
        CloseHandle(consumers[i]);
        sum += part;
    }
    for (int i = 0; i < PRODUCERS; i++) CloseHandle(producers[i]);
    CloseHandle(free_places);
    CloseHandle(full_places);
    CloseHandle(guard);
    const DWORD expected = PRODUCERS * (EACH * (EACH + 1) / 2);
    printf("%d producers, %d consumers: the sum is %u, as it should be %u\n", PRODUCERS, CONSUMERS, sum, expected);
    return sum == expected ? 0 : 1;
}
