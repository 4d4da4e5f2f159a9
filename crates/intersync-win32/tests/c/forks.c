/* Children forked while other threads use the library: whatever these are doing, a child can use it too. */
#include "pool.h"
#include <pthread.h>

static volatile LONG stop;
static HANDLE busy, polled;

static void CALLBACK called(ULONG_PTR data) { (void)data; }

static DWORD WINAPI returns(LPVOID context) { return (DWORD)(ULONG_PTR)context; }

/** A round of what looks something up in what a process has only one of. */
static int round_of_use(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "forks"), thread = NULL;
    int good = event && SetEvent(event) && ResetEvent(event) && CloseHandle(event);
    good &= DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread, 0, FALSE,
                            DUPLICATE_SAME_ACCESS);
    good &= QueueUserAPC(called, thread, 0) && SleepEx(0, TRUE) == WAIT_IO_COMPLETION && CloseHandle(thread);
    thread = CreateThread(NULL, 0, returns, NULL, 0, NULL);
    good &= WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0 && CloseHandle(thread);
    return good && FAILS(SetEvent((HANDLE)0x7ffffff0), ERROR_INVALID_HANDLE);
}

/** A round of what is known to the process by values that are no handles of objects. */
static int round_of_values(void) {
    UNICODE_STRING path;
    OBJECT_ATTRIBUTES root;
    HANDLE directory = NULL, boundary = CreateBoundaryDescriptorA("forks", 0);
    RtlInitUnicodeString(&path, u"\\");
    InitializeObjectAttributes(&root, &path, 0, NULL, NULL);
    DeleteBoundaryDescriptor(boundary);
    return boundary && NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, &root) == STATUS_SUCCESS && CloseHandle(directory);
}

/** A round of entries that are taken from lists: each thread has a list of its own, in the same place for a child. */
static int round_of_entries(PSLIST_HEADER list) {
    SLIST_ENTRY entry;
    InitializeSListHead(list);
    int good = 1;
    for (int i = 0; i < 20; i++) {
        InterlockedPushEntrySList(list, &entry);
        good &= InterlockedPopEntrySList(list) == &entry;
    }
    return good;
}

static SLIST_HEADER lists[3];

static void *use(void *context) {
    while (!InterlockedCompareExchange(&stop, 0, 0)) {
        CHECK(round_of_use());
        for (int i = 0; i < 200; i++) CHECK(WaitForSingleObject(polled, 0) == WAIT_TIMEOUT && round_of_values() && round_of_entries(context));
        ReleaseSemaphore(busy, 1, NULL);
    }
    return context;
}

static int uses_it_too(void *inherited) {
    alarm(200);
    if (!round_of_use() || !round_of_values()) return 1;
    for (int i = 0; i < 3; i++) {
        if (!round_of_entries(&lists[i])) return 3;
    }
    return WaitForSingleObject((HANDLE)inherited, 0) == WAIT_TIMEOUT ? 0 : 2;
}

int main(int count, char **arguments) {
    int forks = count > 1 ? atoi(arguments[1]) : 300;
    pthread_t threads[3];
    busy = new_count(0);
    polled = new_event(TRUE);
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, use, &lists[i]) == 0);
    for (int i = 0; i < forks; i++) {
        CHECK(comes(busy));
        CHECK(in_child(uses_it_too, polled) == 0);
    }
    InterlockedExchange(&stop, 1);
    for (int i = 0; i < 3; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    return done();
}
