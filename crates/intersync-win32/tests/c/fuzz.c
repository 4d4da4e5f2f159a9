/* Calls functions at random, from three threads that share their handles, with handles, pointers, sizes and names that may be
 * anything. No call may crash, hang or fail within the library. Prints what is wrong, then "done" if nothing is.
 *
 * usage: fuzz SEED CALLS */
#define _GNU_SOURCE
#include <intersync/windows.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 3
#define KNOWN 64
/** Larger than everything that a descriptor of random bytes can lead to. */
#define BYTES (512 * 1024)
#define LONGEST 33000

static HANDLE known[KNOWN];
static HANDLE waits[KNOWN];
static int wrong;
static __thread unsigned short state[3];
static __thread const char *current;
static __thread char bytes[64];
static char noise[BYTES] __attribute__((aligned(16)));
static char long_narrow[LONGEST];
static WCHAR long_wide[LONGEST];

static uint32_t any(void) { return (uint32_t)jrand48(state); }

static uint32_t below(uint32_t bound) { return any() % bound; }

static BOOL flag(void) { return below(3) == 0; }

/** A number that matters, or any. */
static uint32_t number(void) {
    static const uint32_t special[] = {0, 1, 2, 3, 16, 64, 65, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    return flag() ? any() : special[below(sizeof special / sizeof *special)];
}

/** Rights, mostly sensible ones. */
static DWORD rights(void) {
    static const DWORD special[] = {SYNCHRONIZE, 0x1F0003, 0x1F0001, 3, 2, 1, 0, MAXIMUM_ALLOWED, GENERIC_ALL, GENERIC_READ};
    return below(8) == 0 ? any() : special[below(sizeof special / sizeof *special)];
}

/** How long to wait, in milliseconds: never long. */
static DWORD soon(void) { return below(8) == 0 ? below(3) : 0; }

static HANDLE handle(void) {
    switch (below(12)) {
    case 0: return (HANDLE)(intptr_t)-(intptr_t)below(7);
    case 1: return (HANDLE)(size_t)(4 * below(512));
    case 2: return (HANDLE)(size_t)any();
    case 3: return (HANDLE)(((size_t)any() << 32) | any());
    default: return __atomic_load_n(&known[below(KNOWN)], __ATOMIC_RELAXED);
    }
}

static HANDLE registered(void) { return below(8) == 0 ? handle() : __atomic_load_n(&waits[below(KNOWN)], __ATOMIC_RELAXED); }

static void keep(HANDLE made) {
    if (made) __atomic_store_n(&known[below(KNOWN)], made, __ATOMIC_RELAXED);
}

static void keep_wait(HANDLE made) {
    if (made) __atomic_store_n(&waits[below(KNOWN)], made, __ATOMIC_RELAXED);
}

static const char *narrow(void) {
    static const char *const names[] = {"a", "b", "c", "Local\\a", "Global\\a", "Local\\", "Session\\1\\a", "x\\y", "\\", "", "alias\\a",
                                        "\xFF\xFE", "h\\\\u{d83d}", "gem\xC3\xA4\xC3\x9F", "\x01\x02"};
    if (below(4) == 0) return NULL;
    if (below(32) == 0) return long_narrow + below(LONGEST);
    return names[below(below(3) ? 3 : sizeof names / sizeof *names)];
}

static const WCHAR *wide(void) {
    static const WCHAR *const names[] = {u"a", u"b", u"c", u"Local\\a", u"Global\\a", u"Local\\", u"Session\\0\\b", u"x\\y", u"\\", u"",
                                         u"alias\\a", u"gem\u00e4\u00df", u"\U0001F550"};
    static const WCHAR half[] = {0xD83D, 0};
    if (below(4) == 0) return NULL;
    if (below(32) == 0) return below(2) ? half : long_wide + below(LONGEST);
    return names[below(below(3) ? 3 : sizeof names / sizeof *names)];
}

/** Memory that may be written, which need not be aligned. */
static void *room(void) { return bytes + below(17); }

/** A pointer that the kernel of Windows would look at: to room, or nowhere. */
static void *anywhere(void) {
    static void *const nowhere[] = {NULL, (void *)1, (void *)0xFFFF, (void *)INTPTR_MIN, (void *)UINTPTR_MAX};
    return below(6) == 0 ? nowhere[below(5)] : room();
}

/** Room, or NULL. */
static void *room_or_null(void) { return below(4) == 0 ? NULL : room(); }

/** Bytes that may be anything; all that they lead to can be read. */
static void *some_noise(void) { return noise + 4 * below(4096); }

static SECURITY_ATTRIBUTES *attributes(void) {
    static __thread SECURITY_ATTRIBUTES given;
    static __thread SECURITY_DESCRIPTOR descriptor;
    if (below(3)) return NULL;
    given.nLength = below(8) ? sizeof given : number();
    given.bInheritHandle = flag();
    given.lpSecurityDescriptor = NULL;
    if (below(4) == 0 && InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION)) {
        SetSecurityDescriptorDacl(&descriptor, flag(), NULL, flag());
        given.lpSecurityDescriptor = &descriptor;
    }
    return &given;
}

static const LARGE_INTEGER *due(void) {
    static __thread LARGE_INTEGER time;
    if (below(8) == 0) return (const LARGE_INTEGER *)anywhere();
    time.QuadPart = below(2) ? -(LONGLONG)below(20000) : (LONGLONG)(((uint64_t)any() << 32) | any());
    return &time;
}

static HANDLE *handles(void) {
    static __thread HANDLE list[1100];
    unsigned i;
    if (below(16) == 0) return (HANDLE *)(below(2) ? NULL : (char *)list + 1);
    for (i = 0; i < 8; i++) list[i] = handle();
    if (below(16) == 0)
        for (; i < 1100; i++) list[i] = list[0];
    return list;
}

/** How many handles of the array are meant: more than there are only where that is refused. */
static DWORD how_many(DWORD most) {
    static const DWORD special[] = {0, 0x7FFFFFFF, 0xFFFFFFFF};
    if (below(16) == 0) return special[below(3)];
    if (below(16) == 0) return most + 1;
    return below(9);
}

static void CALLBACK routine(ULONG_PTR unused) { (void)unused; }
static void CALLBACK expired(LPVOID unused, DWORD low, DWORD high) { (void)unused, (void)low, (void)high; }
static void CALLBACK called(PVOID unused, BOOLEAN timed_out) { (void)unused, (void)timed_out; }
static DWORD CALLBACK work(LPVOID unused) { return (void)unused, 0; }

static PAPCFUNC apc(void) { return routine; }
static PTIMERAPCROUTINE completion(void) { return flag() ? expired : NULL; }

/** A text of the library, which is to be freed. */
static void take(BOOL succeeded, void *made) {
    void *memory;
    if (!succeeded) return;
    memcpy(&memory, made, sizeof memory);
    LocalFree(memory);
}

static void free_sid(BOOL succeeded, void *made) {
    void *memory;
    if (!succeeded) return;
    memcpy(&memory, made, sizeof memory);
    FreeSid(memory);
}

static void duplicate(void) {
    HANDLE made = NULL, *to = below(8) ? &made : (HANDLE *)anywhere();
    HANDLE from = below(4) ? GetCurrentProcess() : handle(), target = below(4) ? GetCurrentProcess() : handle();
    if (DuplicateHandle(from, handle(), target, to, rights(), flag(), below(8) ? below(4) : number()) && to == &made) keep(made);
}

static void register_wait(void) {
    HANDLE made = NULL;
    if (RegisterWaitForSingleObject(&made, handle(), called, NULL, soon(), below(8) ? 8 * below(2) : number())) keep_wait(made);
}

static void timer_of_queue(void) {
    HANDLE made = NULL;
    if (CreateTimerQueueTimer(&made, flag() ? NULL : registered(), called, NULL, soon(), below(2), below(8) ? 0 : number()))
        keep_wait(made);
}

static void create_thread(void) {
    DWORD id = 0;
    HANDLE thread = CreateThread(attributes(), below(4) ? 0 : below(1 << 20), work, NULL, below(8) ? 4 * below(2) : number(), &id);
    if (thread && below(4) == 0) ResumeThread(thread);
    keep(thread);
}

static void boundary(HANDLE (*create)(void)) {
    BYTE everyone[12] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    HANDLE made = create();
    if (!made) return;
    AddSIDToBoundaryDescriptor(&made, below(4) ? (PSID)everyone : some_noise());
    AddIntegrityLabelToBoundaryDescriptor(&made, below(4) ? (PSID)everyone : some_noise());
    switch (below(4)) {
    case 0: keep(CreatePrivateNamespaceA(attributes(), made, narrow())); break;
    case 1: keep(CreatePrivateNamespaceW(attributes(), made, wide())); break;
    case 2: keep(OpenPrivateNamespaceA(made, narrow())); break;
    default: keep(OpenPrivateNamespaceW(made, wide())); break;
    }
    DeleteBoundaryDescriptor(made);
}

static HANDLE boundary_a(void) { return CreateBoundaryDescriptorA(narrow(), number()); }
static HANDLE boundary_w(void) { return CreateBoundaryDescriptorW(wide(), below(4) ? 0 : number()); }

/* Every function with how it is called. */
#define CALLS(CALL)                                                                                                            \
    CALL(GetLastError, GetLastError())                                                                                         \
    CALL(SetLastError, SetLastError(0))                                                                                        \
    CALL(CloseHandle, CloseHandle(handle()))                                                                                   \
    CALL(DuplicateHandle, duplicate())                                                                                         \
    CALL(GetHandleInformation, GetHandleInformation(handle(), room_or_null()))                                                 \
    CALL(SetHandleInformation, SetHandleInformation(handle(), number(), below(16) ? below(2) : 2))                             \
    CALL(CompareObjectHandles, CompareObjectHandles(handle(), handle()))                                                       \
    CALL(CreateBoundaryDescriptorA, boundary(boundary_a))                                                                      \
    CALL(CreateBoundaryDescriptorW, boundary(boundary_w))                                                                      \
    CALL(ClosePrivateNamespace, ClosePrivateNamespace(handle(), number()))                                                     \
    CALL(GetCurrentProcess, GetCurrentProcess())                                                                               \
    CALL(GetCurrentProcessId, GetCurrentProcessId())                                                                           \
    CALL(GetCurrentThread, GetCurrentThread())                                                                                 \
    CALL(GetCurrentThreadId, GetCurrentThreadId())                                                                             \
    CALL(OpenProcess, keep(OpenProcess(rights(), flag(), below(4) ? GetCurrentProcessId() : number())))                        \
    CALL(GetProcessId, GetProcessId(handle()))                                                                                 \
    CALL(CreateThread, create_thread())                                                                                        \
    CALL(OpenThread, keep(OpenThread(rights(), flag(), below(4) ? GetCurrentThreadId() : number())))                           \
    CALL(GetThreadId, GetThreadId(handle()))                                                                                   \
    CALL(GetProcessIdOfThread, GetProcessIdOfThread(handle()))                                                                 \
    CALL(GetExitCodeProcess, GetExitCodeProcess(handle(), room_or_null()))                                                     \
    CALL(GetExitCodeThread, GetExitCodeThread(handle(), room_or_null()))                                                       \
    CALL(SuspendThread, SuspendThread(handle()))                                                                               \
    CALL(ResumeThread, ResumeThread(handle()))                                                                                 \
    CALL(QueueUserAPC, QueueUserAPC(apc(), handle(), any()))                                                                   \
    CALL(QueueUserAPC2, QueueUserAPC2(apc(), handle(), any(), (QUEUE_USER_APC_FLAGS)below(3)))                                 \
    CALL(ConvertStringSidToSidA, take(ConvertStringSidToSidA(narrow(), (PSID *)(void *)bytes), bytes))                         \
    CALL(ConvertStringSidToSidW, take(ConvertStringSidToSidW(wide(), (PSID *)(void *)bytes), bytes))                           \
    CALL(ConvertSidToStringSidA, take(ConvertSidToStringSidA(some_noise(), (LPSTR *)(void *)bytes), bytes))                    \
    CALL(ConvertSidToStringSidW, take(ConvertSidToStringSidW(some_noise(), (LPWSTR *)(void *)bytes), bytes))                   \
    CALL(ConvertStringSecurityDescriptorToSecurityDescriptorA,                                                                 \
         take(ConvertStringSecurityDescriptorToSecurityDescriptorA(below(2) ? "D:(A;;GA;;;WD)" : narrow(), 1,                  \
                                                                   (PSECURITY_DESCRIPTOR *)(void *)bytes, NULL),               \
              bytes))                                                                                                          \
    CALL(ConvertStringSecurityDescriptorToSecurityDescriptorW,                                                                 \
         take(ConvertStringSecurityDescriptorToSecurityDescriptorW(below(2) ? u"O:S-1-22-1-0" : wide(), below(3),              \
                                                                   (PSECURITY_DESCRIPTOR *)(void *)bytes, NULL),               \
              bytes))                                                                                                          \
    CALL(IsValidSid, IsValidSid(below(8) ? some_noise() : NULL))                                                               \
    CALL(EqualSid, EqualSid(some_noise(), some_noise()))                                                                       \
    CALL(GetLengthSid, GetLengthSid(some_noise()))                                                                             \
    CALL(GetSidLengthRequired, GetSidLengthRequired((UCHAR)any()))                                                             \
    CALL(CopySid, CopySid(below(sizeof bytes), bytes, some_noise()))                                                           \
    CALL(InitializeSid, InitializeSid(bytes, some_noise(), (BYTE)any()))                                                       \
    CALL(GetSidSubAuthority, GetSidSubAuthority(some_noise(), number()))                                                       \
    CALL(GetSidSubAuthorityCount, GetSidSubAuthorityCount(some_noise()))                                                       \
    CALL(GetSidIdentifierAuthority, GetSidIdentifierAuthority(some_noise()))                                                   \
    CALL(AllocateAndInitializeSid,                                                                                             \
         free_sid(AllocateAndInitializeSid(some_noise(), (BYTE)below(10), any(), 1, 2, 3, 4, 5, 6, 7, (PSID *)(void *)bytes),  \
                  bytes))                                                                                                          \
    CALL(CreateWellKnownSid, well_known())                                                                                     \
    CALL(InitializeAcl, InitializeAcl((PACL)(void *)bytes, below(sizeof bytes), number()))                                     \
    CALL(IsValidAcl, IsValidAcl(some_noise()))                                                                                 \
    CALL(GetAce, GetAce(some_noise(), number(), (LPVOID *)(void *)bytes))                                                      \
    CALL(AddAccessAllowedAce, add_entries())                                                                                   \
    CALL(InitializeSecurityDescriptor, InitializeSecurityDescriptor(bytes, number()))                                          \
    CALL(IsValidSecurityDescriptor, IsValidSecurityDescriptor(relative_noise()))                                               \
    CALL(GetSecurityDescriptorLength, GetSecurityDescriptorLength(relative_noise()))                                           \
    CALL(GetSecurityDescriptorControl,                                                                                         \
         GetSecurityDescriptorControl(relative_noise(), (PSECURITY_DESCRIPTOR_CONTROL)(void *)bytes, (LPDWORD)(void *)(bytes + 8)))\
    CALL(SetEntriesInAclA, entries_in_acl())                                                                                   \
    CALL(SetSecurityDescriptorOwner, SetSecurityDescriptorOwner(bytes, some_noise(), flag()))                                  \
    CALL(SetSecurityDescriptorGroup, SetSecurityDescriptorGroup(bytes, some_noise(), flag()))                                  \
    CALL(GetSecurityDescriptorDacl,                                                                                            \
         GetSecurityDescriptorDacl(relative_noise(), (LPBOOL)(void *)bytes, (PACL *)(void *)(bytes + 8), (LPBOOL)NULL))        \
    CALL(GetSecurityDescriptorOwner, GetSecurityDescriptorOwner(relative_noise(), (PSID *)(void *)bytes, NULL))                \
    CALL(GetSecurityDescriptorGroup, GetSecurityDescriptorGroup(relative_noise(), (PSID *)(void *)bytes, NULL))                \
    CALL(CreateEventA, keep(CreateEventA(attributes(), flag(), flag(), narrow())))                                             \
    CALL(CreateEventW, keep(CreateEventW(attributes(), flag(), flag(), wide())))                                               \
    CALL(CreateEventExA, keep(CreateEventExA(attributes(), narrow(), below(8) ? below(4) : any(), rights())))                  \
    CALL(CreateEventExW, keep(CreateEventExW(attributes(), wide(), below(8) ? below(4) : any(), rights())))                    \
    CALL(OpenEventA, keep(OpenEventA(rights(), flag(), narrow())))                                                             \
    CALL(OpenEventW, keep(OpenEventW(rights(), flag(), wide())))                                                               \
    CALL(SetEvent, SetEvent(handle()))                                                                                         \
    CALL(ResetEvent, ResetEvent(handle()))                                                                                     \
    CALL(PulseEvent, PulseEvent(handle()))                                                                                     \
    CALL(CreateMutexA, keep(CreateMutexA(attributes(), flag(), narrow())))                                                     \
    CALL(CreateMutexW, keep(CreateMutexW(attributes(), flag(), wide())))                                                       \
    CALL(CreateMutexExA, keep(CreateMutexExA(attributes(), narrow(), below(8) ? below(2) : any(), rights())))                  \
    CALL(CreateMutexExW, keep(CreateMutexExW(attributes(), wide(), below(8) ? below(2) : any(), rights())))                    \
    CALL(OpenMutexA, keep(OpenMutexA(rights(), flag(), narrow())))                                                             \
    CALL(OpenMutexW, keep(OpenMutexW(rights(), flag(), wide())))                                                               \
    CALL(ReleaseMutex, ReleaseMutex(handle()))                                                                                 \
    CALL(CreateSemaphoreA, keep(CreateSemaphoreA(attributes(), (LONG)number(), (LONG)number(), narrow())))                     \
    CALL(CreateSemaphoreW, keep(CreateSemaphoreW(attributes(), (LONG)below(3), (LONG)number(), wide())))                       \
    CALL(CreateSemaphoreExA, keep(CreateSemaphoreExA(attributes(), 0, 3, narrow(), below(8) ? 0 : any(), rights())))           \
    CALL(CreateSemaphoreExW, keep(CreateSemaphoreExW(attributes(), 1, 1, wide(), below(8) ? 0 : any(), rights())))             \
    CALL(OpenSemaphoreA, keep(OpenSemaphoreA(rights(), flag(), narrow())))                                                     \
    CALL(OpenSemaphoreW, keep(OpenSemaphoreW(rights(), flag(), wide())))                                                       \
    CALL(ReleaseSemaphore, ReleaseSemaphore(handle(), (LONG)number(), anywhere()))                                             \
    CALL(CreateWaitableTimerA, keep(CreateWaitableTimerA(attributes(), flag(), narrow())))                                     \
    CALL(CreateWaitableTimerW, keep(CreateWaitableTimerW(attributes(), flag(), wide())))                                       \
    CALL(CreateWaitableTimerExA, keep(CreateWaitableTimerExA(attributes(), narrow(), below(8) ? below(4) : any(), rights())))  \
    CALL(CreateWaitableTimerExW, keep(CreateWaitableTimerExW(attributes(), wide(), below(8) ? below(4) : any(), rights())))    \
    CALL(OpenWaitableTimerA, keep(OpenWaitableTimerA(rights(), flag(), narrow())))                                             \
    CALL(OpenWaitableTimerW, keep(OpenWaitableTimerW(rights(), flag(), wide())))                                               \
    CALL(SetWaitableTimer, SetWaitableTimer(handle(), due(), (LONG)number(), completion(), NULL, flag()))                      \
    CALL(SetWaitableTimerEx, SetWaitableTimerEx(handle(), due(), (LONG)below(3), completion(), NULL, NULL, number()))          \
    CALL(CancelWaitableTimer, CancelWaitableTimer(handle()))                                                                   \
    CALL(WaitForSingleObject, WaitForSingleObject(handle(), soon()))                                                           \
    CALL(WaitForSingleObjectEx, WaitForSingleObjectEx(handle(), soon(), flag()))                                               \
    CALL(WaitForMultipleObjects, WaitForMultipleObjects(how_many(64), handles(), flag(), soon()))                              \
    CALL(WaitForMultipleObjectsEx, WaitForMultipleObjectsEx(how_many(64), handles(), flag(), soon(), flag()))                  \
    CALL(IntersyncWaitForMultipleObjects,                                                                                      \
         IntersyncWaitForMultipleObjects(how_many(1024), handles(), flag(), soon(), flag(), anywhere()))                       \
    CALL(SignalObjectAndWait, SignalObjectAndWait(handle(), handle(), soon(), flag()))                                         \
    CALL(Sleep, Sleep(soon()))                                                                                                 \
    CALL(SleepEx, SleepEx(soon(), flag()))                                                                                     \
    CALL(QueueUserWorkItem, QueueUserWorkItem(work, NULL, below(8) ? 0 : number()))                                            \
    CALL(RegisterWaitForSingleObject, register_wait())                                                                         \
    CALL(RegisterWaitForSingleObjectEx, keep_wait(RegisterWaitForSingleObjectEx(handle(), called, NULL, soon(), 8)))           \
    CALL(UnregisterWait, UnregisterWait(registered()))                                                                         \
    CALL(UnregisterWaitEx, UnregisterWaitEx(registered(), below(2) ? INVALID_HANDLE_VALUE : handle()))                         \
    CALL(CreateTimerQueue, keep_wait(CreateTimerQueue()))                                                                      \
    CALL(CreateTimerQueueTimer, timer_of_queue())                                                                              \
    CALL(ChangeTimerQueueTimer, ChangeTimerQueueTimer(flag() ? NULL : registered(), registered(), below(20), below(3)))        \
    CALL(DeleteTimerQueueTimer, DeleteTimerQueueTimer(flag() ? NULL : registered(), registered(), flag() ? NULL : handle()))   \
    CALL(DeleteTimerQueue, DeleteTimerQueue(registered()))                                                                     \
    CALL(DeleteTimerQueueEx, DeleteTimerQueueEx(registered(), below(2) ? INVALID_HANDLE_VALUE : handle()))                     \
    CALL(LocalAlloc, LocalFree(LocalAlloc(below(64), below(4096))))                                                            \
    CALL(FormatMessageA, FormatMessageA(0x1200 | below(256), NULL, number(), 0, bytes, below(sizeof bytes), NULL))             \
    CALL(FormatMessageW, FormatMessageW(0x1200 | below(256), NULL, number(), 0, (LPWSTR)(void *)bytes, below(30), NULL))       \
    CALL(NtQueryEvent, NtQueryEvent(handle(), (int)below(3), room(), below(20), room_or_null()))                               \
    CALL(NtQueryMutant, NtQueryMutant(handle(), (int)below(3), room(), below(20), room_or_null()))                             \
    CALL(NtQuerySemaphore, NtQuerySemaphore(handle(), (int)below(3), room(), below(20), room_or_null()))                       \
    CALL(NtQueryTimer, NtQueryTimer(handle(), (int)below(3), room(), below(20), room_or_null()))                               \
    CALL(NtSetEvent, NtSetEvent(handle(), room_or_null()))                                                                     \
    CALL(NtResetEvent, NtResetEvent(handle(), room_or_null()))                                                                 \
    CALL(NtPulseEvent, NtPulseEvent(handle(), room_or_null()))                                                                 \
    CALL(NtReleaseMutant, NtReleaseMutant(handle(), room_or_null()))                                                           \
    CALL(NtReleaseSemaphore, NtReleaseSemaphore(handle(), (LONG)number(), room_or_null()))                                     \
    CALL(NtCancelTimer, NtCancelTimer(handle(), room_or_null()))

/** A self-relative descriptor of noise: what it leads to lies within the noise. */
static PSECURITY_DESCRIPTOR relative_noise(void) {
    static __thread SECURITY_DESCRIPTOR absolute;
    unsigned char *start = (unsigned char *)some_noise();
    unsigned i;
    if (below(4) == 0) {
        memset(&absolute, 0, sizeof absolute);
        absolute.Revision = (BYTE)below(3);
        absolute.Control = (WORD)(any() & ~SE_SELF_RELATIVE & ~SE_DACL_PRESENT & ~SE_SACL_PRESENT);
        return &absolute;
    }
    start[0] = (unsigned char)(below(8) ? SECURITY_DESCRIPTOR_REVISION : any());
    start[3] |= SE_SELF_RELATIVE >> 8;
    /* The offsets of owner, group and lists: 32 bits each. */
    for (i = 4; i < 20; i += 4) start[i + 1] &= 0x0F, start[i + 2] = start[i + 3] = 0;
    return start;
}

static void well_known(void) {
    DWORD size = below(sizeof bytes);
    CreateWellKnownSid((WELL_KNOWN_SID_TYPE)below(100), below(2) ? NULL : some_noise(), bytes, &size);
}

static void entries_in_acl(void) {
    EXPLICIT_ACCESS_A a = {any(), (ACCESS_MODE)below(8), below(20), {NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_SID, TRUSTEE_IS_USER, NULL}};
    EXPLICIT_ACCESS_W w = {any(), (ACCESS_MODE)below(8), below(20), {NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_NAME, TRUSTEE_IS_USER, NULL}};
    PACL made = NULL;
    a.Trustee.ptstrName = some_noise();
    if (below(4) == 0) a.Trustee.TrusteeForm = (TRUSTEE_FORM)(2 + below(3));
    if (SetEntriesInAclA(below(2), &a, below(2) ? (PACL)some_noise() : NULL, &made) == ERROR_SUCCESS) LocalFree(made);
    w.Trustee.ptstrName = (LPWSTR)(void *)wide();
    made = NULL;
    if (SetEntriesInAclW(below(2), below(8) ? &w : NULL, NULL, &made) == ERROR_SUCCESS) LocalFree(made);
}

static void add_entries(void) {
    PACL list = (PACL)(void *)bytes;
    if (!InitializeAcl(list, below(sizeof bytes), ACL_REVISION)) return;
    AddAccessAllowedAce(list, number(), any(), some_noise());
    AddAccessAllowedAceEx(list, ACL_REVISION, number(), any(), some_noise());
    AddAccessDeniedAce(list, ACL_REVISION, any(), some_noise());
    AddAccessDeniedAceEx(list, ACL_REVISION, number(), any(), some_noise());
}

/* The native functions. */

/** A pointer, or one that leads nowhere. */
static void *or_nowhere(void *pointer) {
    static void *const nowhere[] = {(void *)1, (void *)0xFFFF, (void *)INTPTR_MIN, (void *)UINTPTR_MAX};
    return below(16) == 0 ? nowhere[below(4)] : pointer;
}

static const WCHAR *path(void) {
    static const WCHAR *const paths[] = {u"\\BaseNamedObjects\\a", u"\\Sessions\\1\\BaseNamedObjects\\b", u"a", u"c", u"Global\\a", u"",
                                         u"\\BaseNamedObjects\\Session\\1\\A", u"\\", u"\\BaseNamedObjects", u"\\\\", u"\\x\\y",
                                         u"\\Sessions\\1\\BaseNamedObjects", u"\\Sessions\\1\\BaseNamedObjects\\Local", u"a\\b"};
    return below(32) == 0 ? long_wide + below(LONGEST) : paths[below(sizeof paths / sizeof *paths)];
}

static UNICODE_STRING *string(void) {
    static __thread UNICODE_STRING given;
    RtlInitUnicodeString(&given, path());
    if (below(16) == 0) given.Length ^= 1;
    if (below(16) == 0) given.Buffer = or_nowhere(NULL);
    return or_nowhere(&given);
}

/** Not permanent: nothing is to be left. */
static OBJECT_ATTRIBUTES *object(void) {
    static __thread OBJECT_ATTRIBUTES given;
    const SECURITY_ATTRIBUTES *security = attributes();
    if (below(16) == 0) return or_nowhere(NULL);
    InitializeObjectAttributes(&given, below(4) ? string() : NULL, below(8) ? any() & 0x11C2 : any() & ~OBJ_PERMANENT,
                               below(3) ? NULL : handle(), security ? security->lpSecurityDescriptor : NULL);
    if (below(16) == 0) given.Length = number();
    return or_nowhere(&given);
}

/** A time-out that is over soon. */
static const LARGE_INTEGER *brief(void) {
    static __thread LARGE_INTEGER time;
    time.QuadPart = below(2) ? -(LONGLONG)below(20000) : below(2);
    return or_nowhere(&time);
}

/** No call fails within the library. */
static void status(NTSTATUS came) {
    SetLastError(came == STATUS_INTERNAL_ERROR ? ERROR_INTERNAL_ERROR : RtlNtStatusToDosError(came));
}

static HANDLE *opened(HANDLE *made) { return below(16) ? made : or_nowhere(NULL); }

#define MAKES(call)                  \
    {                                \
        HANDLE made = NULL;          \
        HANDLE *to = opened(&made);  \
        NTSTATUS came = call;        \
        if (NT_SUCCESS(came)) keep(made); \
        status(came);                \
    }

static void NTAPI native_apc(PVOID one, PVOID two, PVOID three) { (void)one, (void)two, (void)three; }
static void NTAPI native_expired(PVOID context, ULONG low, LONG high) { (void)context, (void)low, (void)high; }

static CLIENT_ID *client(void) {
    static __thread CLIENT_ID given;
    given.UniqueProcess = (HANDLE)(size_t)(below(3) ? GetCurrentProcessId() : below(2) ? 0 : number());
    given.UniqueThread = (HANDLE)(size_t)(below(3) ? GetCurrentThreadId() : below(2) ? 0 : number());
    return below(16) ? or_nowhere(&given) : NULL;
}

static void list_directory(void) {
    static __thread char listed[512];
    ULONG context = below(8), stored;
    status(NtQueryDirectoryObject(handle(), or_nowhere(listed), below(sizeof listed), flag(), flag(), &context, &stored));
}

static void query_object(void) {
    static __thread char found[512];
    status(NtQueryObject(handle(), (OBJECT_INFORMATION_CLASS)below(6), or_nowhere(found), below(sizeof found), room_or_null()));
}

static void query_link(void) {
    WCHAR units[40];
    UNICODE_STRING given = {0, (USHORT)below(sizeof units), units};
    status(NtQuerySymbolicLinkObject(handle(), or_nowhere(&given), room_or_null()));
}

static void rtl_register(void) {
    HANDLE made = NULL;
    status(RtlRegisterWait(&made, handle(), called, NULL, soon(), below(8) ? 8 * below(2) : number()));
    keep_wait(made);
}

static void rtl_texts(void) {
    UNICODE_STRING wide_text;
    ANSI_STRING narrow_text;
    RtlInitUnicodeString(&wide_text, wide());
    RtlInitUnicodeStringEx(&wide_text, wide());
    RtlInitAnsiString(&narrow_text, narrow());
}

#define NATIVE_CALLS(CALL)                                                                                                     \
    CALL(NtCreateEvent, MAKES(NtCreateEvent(to, rights(), object(), (EVENT_TYPE)below(3), flag())))                            \
    CALL(NtOpenEvent, MAKES(NtOpenEvent(to, rights(), object())))                                                              \
    CALL(NtCreateMutant, MAKES(NtCreateMutant(to, rights(), object(), flag())))                                                \
    CALL(NtOpenMutant, MAKES(NtOpenMutant(to, rights(), object())))                                                            \
    CALL(NtCreateSemaphore, MAKES(NtCreateSemaphore(to, rights(), object(), (LONG)below(3), (LONG)number())))                  \
    CALL(NtOpenSemaphore, MAKES(NtOpenSemaphore(to, rights(), object())))                                                      \
    CALL(NtCreateTimer, MAKES(NtCreateTimer(to, rights(), object(), (TIMER_TYPE)below(3))))                                    \
    CALL(NtOpenTimer, MAKES(NtOpenTimer(to, rights(), object())))                                                              \
    CALL(NtCreateDirectoryObject, MAKES(NtCreateDirectoryObject(to, rights(), object())))                                      \
    CALL(NtOpenDirectoryObject, MAKES(NtOpenDirectoryObject(to, below(2) ? 3 : rights(), object())))                           \
    CALL(NtQueryDirectoryObject, list_directory())                                                                             \
    CALL(NtCreateSymbolicLinkObject, MAKES(NtCreateSymbolicLinkObject(to, rights(), object(), string())))                      \
    CALL(NtOpenSymbolicLinkObject, MAKES(NtOpenSymbolicLinkObject(to, below(2) ? 1 : rights(), object())))                     \
    CALL(NtQuerySymbolicLinkObject, query_link())                                                                              \
    CALL(NtOpenProcess, MAKES(NtOpenProcess(to, rights(), object(), client())))                                                \
    CALL(NtOpenThread, MAKES(NtOpenThread(to, rights(), object(), client())))                                                  \
    CALL(NtDuplicateObject,                                                                                                    \
         MAKES(NtDuplicateObject(below(4) ? NtCurrentProcess() : handle(), handle(), below(4) ? NtCurrentProcess() : handle(), \
                                 to, rights(), any() & 3, below(8))))                                                          \
    CALL(NtClose, status(NtClose(handle())))                                                                                   \
    CALL(NtCompareObjects, status(NtCompareObjects(handle(), handle())))                                                       \
    CALL(NtQueryObject, query_object())                                                                                        \
    CALL(NtMakeTemporaryObject, status(NtMakeTemporaryObject(handle())))                                                       \
    CALL(NtClearEvent, status(NtClearEvent(handle())))                                                                         \
    CALL(NtSetTimer, status(NtSetTimer(handle(), due(), flag() ? native_expired : NULL, NULL, flag(), (LONG)below(3), anywhere()))) \
    CALL(NtWaitForSingleObject, status(NtWaitForSingleObject(handle(), flag(), brief())))                                      \
    CALL(NtWaitForMultipleObjects,                                                                                             \
         status(NtWaitForMultipleObjects(how_many(64), handles(), (WAIT_TYPE)below(3), flag(), brief())))                      \
    CALL(NtSignalAndWaitForSingleObject, status(NtSignalAndWaitForSingleObject(handle(), handle(), flag(), brief())))          \
    CALL(NtDelayExecution, status(NtDelayExecution(flag(), brief())))                                                          \
    CALL(NtQueueApcThread, status(NtQueueApcThread(handle(), flag() ? NULL : native_apc, NULL, NULL, NULL)))                   \
    CALL(NtAlertThread, status(NtAlertThread(handle())))                                                                       \
    CALL(NtTestAlert, status(NtTestAlert()))                                                                                   \
    CALL(RtlRegisterWait, rtl_register())                                                                                      \
    CALL(RtlDeregisterWait, status(RtlDeregisterWait(registered())))                                                           \
    CALL(RtlDeregisterWaitEx, status(RtlDeregisterWaitEx(registered(), below(2) ? INVALID_HANDLE_VALUE : handle())))           \
    CALL(RtlInitUnicodeString, rtl_texts())                                                                                    \
    CALL(RtlNtStatusToDosError, RtlNtStatusToDosError((NTSTATUS)any()))

#define DEFINE(function, call) \
    static void fuzz_##function(void) { call; }
CALLS(DEFINE)
NATIVE_CALLS(DEFINE)

#define ENTRY(function, call) {#function, fuzz_##function},
static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {CALLS(ENTRY) NATIVE_CALLS(ENTRY)};

static void *play(void *seed) {
    unsigned long n = ((unsigned long *)seed)[1];
    memcpy(state, seed, sizeof state);
    while (n--) {
        unsigned which = below(sizeof calls / sizeof *calls);
        current = calls[which].name;
        SetLastError(0);
        calls[which].call();
        if (GetLastError() != ERROR_INTERNAL_ERROR) continue;
        printf("%s failed within the library\n", current);
        __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void close_everything(void) {
    size_t value;
    unsigned i;
    for (i = 0; i < KNOWN; i++) {
        UnregisterWaitEx(waits[i], INVALID_HANDLE_VALUE);
        DeleteTimerQueueEx(waits[i], INVALID_HANDLE_VALUE);
        ClosePrivateNamespace(known[i], 0);
    }
    for (value = 4; value < 4 * 65536; value += 4) {
        SetHandleInformation((HANDLE)value, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
        CloseHandle((HANDLE)value);
    }
}

int main(int count, char **arguments) {
    unsigned long seeds[THREADS][2];
    pthread_t threads[THREADS];
    unsigned i;
    if (count != 3) return 2;
    for (i = 0; i < LONGEST - 1; i++) long_narrow[i] = 'x', long_wide[i] = u'x';
    state[0] = (unsigned short)strtoul(arguments[1], NULL, 10);
    for (i = 0; i < BYTES; i++) noise[i] = (char)(below(2) ? below(3) : any());
    for (i = 0; i < THREADS; i++) {
        seeds[i][0] = strtoul(arguments[1], NULL, 10) * THREADS + i;
        seeds[i][1] = strtoul(arguments[2], NULL, 10);
        if (pthread_create(&threads[i], NULL, play, seeds[i]) != 0) return 2;
    }
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    close_everything();
    if (!wrong) printf("done\n");
    return wrong != 0;
}
