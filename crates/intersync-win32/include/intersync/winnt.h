/**
 * @file
 * Handles, characters, large integers, security identifiers, access rights, the structures of locks and lists, and barriers for
 * the order of accesses to memory.
 */
#ifndef INTERSYNC_WINNT_H
#define INTERSYNC_WINNT_H

#include <intersync/minwindef.h>

/**
 * Names an object in this process. Not a pointer, although it has the size of one: a multiple of 4 that fits in 32 bits, or one
 * of the pseudo handles -1 and -2. The two lowest bits are ignored.
 */
typedef void *HANDLE, **PHANDLE, **LPHANDLE;

/* Characters. */

/**
 * A UTF-16 code unit, whatever the size of `wchar_t`. Literals are written `u"text"`; in C with `-fshort-wchar` also `L"text"`.
 */
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint_least16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR, *LPWCH;
typedef const WCHAR *PCWSTR, *LPCWSTR, *LPCWCH;
/** In the functions ending in A, text is UTF-8. */
typedef CHAR *PSTR, *LPSTR, *LPCH;
typedef const CHAR *PCSTR, *LPCSTR, *LPCCH;

INTERSYNC_STATIC_ASSERT(sizeof(WCHAR) == 2 && sizeof(u"") == 2, "a WCHAR is a unit of a u\"\" literal");

/* With UNICODE defined, the names without A and W are those with W. */
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR;
typedef LPWSTR PTSTR, LPTSTR;
typedef LPCWSTR PCTSTR, LPCTSTR;
#define INTERSYNC_QUOTE(text) u##text
#else
typedef CHAR TCHAR, *PTCHAR;
typedef LPSTR PTSTR, LPTSTR;
typedef LPCSTR PCTSTR, LPCTSTR;
#define INTERSYNC_QUOTE(text) text
#endif
/** A literal of `TCHAR`. */
#define TEXT(text) INTERSYNC_QUOTE(text)

/* Large integers. */

/** A signed 64-bit integer, whole or in halves. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/** An unsigned 64-bit integer, whole or in halves. */
typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

INTERSYNC_STATIC_ASSERT(sizeof(LARGE_INTEGER) == 8 && offsetof(LARGE_INTEGER, u.HighPart) == 4,
                        "LARGE_INTEGER is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(ULARGE_INTEGER) == 8 && offsetof(ULARGE_INTEGER, u.HighPart) == 4,
                        "ULARGE_INTEGER is laid out as on Windows");

/* Security identifiers. */

/** The length that arrays of a varying length are declared with. */
#define ANYSIZE_ARRAY 1
#define SID_REVISION 1
#define SID_MAX_SUB_AUTHORITIES 15

/** Who gives out a SID: 48 bits, the highest byte first. */
typedef struct _SID_IDENTIFIER_AUTHORITY {
    BYTE Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

/** Somebody to whom rights can be given. `SubAuthorityCount` sub-authorities follow. */
typedef struct _SID {
    BYTE Revision;
    BYTE SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    DWORD SubAuthority[ANYSIZE_ARRAY];
} SID, *PISID;
/** A pointer to a SID. */
typedef PVOID PSID;

/** The size of the largest SID. */
#define SECURITY_MAX_SID_SIZE (sizeof(SID) - sizeof(DWORD) + SID_MAX_SUB_AUTHORITIES * sizeof(DWORD))

/* Everyone is S-1-1-0: this authority, and this one sub-authority. */
#define SECURITY_WORLD_SID_AUTHORITY {0, 0, 0, 0, 0, 1}
#define SECURITY_WORLD_RID 0u
/* The owner of an object is S-1-3-0, its group S-1-3-1. */
#define SECURITY_CREATOR_SID_AUTHORITY {0, 0, 0, 0, 0, 3}
#define SECURITY_CREATOR_OWNER_RID 0u
#define SECURITY_CREATOR_GROUP_RID 1u
/* Who is known to the system is S-1-5-11, root S-1-5-18 or S-1-5-32-544, and every user S-1-5-32-545. */
#define SECURITY_NT_AUTHORITY {0, 0, 0, 0, 0, 5}
#define SECURITY_AUTHENTICATED_USER_RID 11u
#define SECURITY_LOCAL_SYSTEM_RID 18u
#define SECURITY_BUILTIN_DOMAIN_RID 32u
#define DOMAIN_ALIAS_RID_ADMINS 544u
#define DOMAIN_ALIAS_RID_USERS 545u
/* Not of Windows, but of those who bring its files to Linux: the user with a uid is S-1-22-1-uid, the group S-1-22-2-gid. */
#define INTERSYNC_UNIX_SID_AUTHORITY {0, 0, 0, 0, 0, 22}
#define INTERSYNC_UNIX_USER_RID 1u
#define INTERSYNC_UNIX_GROUP_RID 2u

/** SIDs that are the same everywhere, for CreateWellKnownSid. */
typedef enum {
    WinNullSid = 0,
    WinWorldSid = 1,
    WinLocalSid = 2,
    WinCreatorOwnerSid = 3,
    WinCreatorGroupSid = 4,
    WinNetworkSid = 9,
    WinInteractiveSid = 11,
    WinServiceSid = 12,
    WinAnonymousSid = 13,
    WinAuthenticatedUserSid = 17,
    WinRestrictedCodeSid = 18,
    WinLocalSystemSid = 22,
    WinLocalServiceSid = 23,
    WinNetworkServiceSid = 24,
    WinBuiltinAdministratorsSid = 26,
    WinBuiltinUsersSid = 27,
    WinBuiltinGuestsSid = 28,
    WinLowLabelSid = 66,
    WinMediumLabelSid = 67,
    WinHighLabelSid = 68,
    WinSystemLabelSid = 69,
    WinCreatorOwnerRightsSid = 71,
    WinBuiltinAnyPackageSid = 84
} WELL_KNOWN_SID_TYPE;

INTERSYNC_STATIC_ASSERT(sizeof(SID) == 12 && offsetof(SID, IdentifierAuthority) == 2 && offsetof(SID, SubAuthority) == 8,
                        "SID is laid out as on Windows");

/* Access control lists. */

#define ACL_REVISION 2
#define ACL_REVISION_DS 4

/** A set of access rights. */
typedef DWORD ACCESS_MASK, *PACCESS_MASK;

/** The head of a list; `AceCount` entries follow. */
typedef struct _ACL {
    BYTE AclRevision;
    BYTE Sbz1;
    WORD AclSize;
    WORD AceCount;
    WORD Sbz2;
} ACL, *PACL;

/** The head of an entry. */
typedef struct _ACE_HEADER {
    BYTE AceType;
    BYTE AceFlags;
    WORD AceSize;
} ACE_HEADER, *PACE_HEADER;

#define ACCESS_ALLOWED_ACE_TYPE 0x0
#define ACCESS_DENIED_ACE_TYPE 0x1
#define OBJECT_INHERIT_ACE 0x1
#define CONTAINER_INHERIT_ACE 0x2
#define NO_PROPAGATE_INHERIT_ACE 0x4
#define INHERIT_ONLY_ACE 0x8
#define INHERITED_ACE 0x10

/** An entry that grants rights. Its SID begins at `SidStart`. */
typedef struct _ACCESS_ALLOWED_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    DWORD SidStart;
} ACCESS_ALLOWED_ACE, *PACCESS_ALLOWED_ACE;

/** An entry that denies rights. Its SID begins at `SidStart`. */
typedef struct _ACCESS_DENIED_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    DWORD SidStart;
} ACCESS_DENIED_ACE, *PACCESS_DENIED_ACE;

INTERSYNC_STATIC_ASSERT(sizeof(ACL) == 8 && offsetof(ACL, AclSize) == 2 && offsetof(ACL, AceCount) == 4,
                        "ACL is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(ACE_HEADER) == 4 && sizeof(ACCESS_ALLOWED_ACE) == 12 && sizeof(ACCESS_DENIED_ACE) == 12 &&
                            offsetof(ACCESS_ALLOWED_ACE, SidStart) == 8,
                        "entries are laid out as on Windows");

/* Security descriptors. */

#define SECURITY_DESCRIPTOR_REVISION 1
#define SECURITY_DESCRIPTOR_MIN_LENGTH (sizeof(SECURITY_DESCRIPTOR))

typedef WORD SECURITY_DESCRIPTOR_CONTROL, *PSECURITY_DESCRIPTOR_CONTROL;

#define SE_OWNER_DEFAULTED 0x0001
#define SE_GROUP_DEFAULTED 0x0002
#define SE_DACL_PRESENT 0x0004
#define SE_DACL_DEFAULTED 0x0008
#define SE_SACL_PRESENT 0x0010
#define SE_DACL_AUTO_INHERIT_REQ 0x0100
#define SE_DACL_AUTO_INHERITED 0x0400
#define SE_DACL_PROTECTED 0x1000
#define SE_SELF_RELATIVE 0x8000

/** The absolute form, which leads to its parts. To be used through functions only. */
typedef struct _SECURITY_DESCRIPTOR {
    BYTE Revision;
    BYTE Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    PSID Owner;
    PSID Group;
    PACL Sacl;
    PACL Dacl;
} SECURITY_DESCRIPTOR, *PISECURITY_DESCRIPTOR;

/** The self-relative form, which its parts follow; each is told by its distance from the beginning. */
typedef struct _SECURITY_DESCRIPTOR_RELATIVE {
    BYTE Revision;
    BYTE Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    DWORD Owner;
    DWORD Group;
    DWORD Sacl;
    DWORD Dacl;
} SECURITY_DESCRIPTOR_RELATIVE, *PISECURITY_DESCRIPTOR_RELATIVE;
/** A pointer to a security descriptor in either form. */
typedef PVOID PSECURITY_DESCRIPTOR;

INTERSYNC_STATIC_ASSERT(sizeof(SECURITY_DESCRIPTOR) == 40 && offsetof(SECURITY_DESCRIPTOR, Owner) == 8 &&
                            offsetof(SECURITY_DESCRIPTOR, Dacl) == 32,
                        "SECURITY_DESCRIPTOR is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(SECURITY_DESCRIPTOR_RELATIVE) == 20 && offsetof(SECURITY_DESCRIPTOR_RELATIVE, Dacl) == 16,
                        "SECURITY_DESCRIPTOR_RELATIVE is laid out as on Windows");

/* Access rights of every kind of object. */

/** A set of rights. */
typedef DWORD ACCESS_MASK, *PACCESS_MASK;

#define DELETE 0x00010000u
#define READ_CONTROL 0x00020000u
#define WRITE_DAC 0x00040000u
#define WRITE_OWNER 0x00080000u
/** To wait for the object. */
#define SYNCHRONIZE 0x00100000u
#define STANDARD_RIGHTS_REQUIRED 0x000F0000u
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001F0000u
#define ACCESS_SYSTEM_SECURITY 0x01000000u
/** All that the object's owner and mode allow to the caller. */
#define MAXIMUM_ALLOWED 0x02000000u

/* Generic rights stand for a set of rights that depends on the kind. Only the last two contain SYNCHRONIZE. */
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000u
#define GENERIC_EXECUTE 0x20000000u
#define GENERIC_ALL 0x10000000u

/* Access rights of each kind. */

#define EVENT_QUERY_STATE 0x0001u
#define EVENT_MODIFY_STATE 0x0002u
#define EVENT_ALL_ACCESS 0x001F0003u
/** Accepted, and needed for nothing: who owns a mutex may release it. */
#define MUTEX_MODIFY_STATE 0x0001u
#define MUTANT_QUERY_STATE 0x0001u
#define MUTEX_ALL_ACCESS 0x001F0001u
#define SEMAPHORE_QUERY_STATE 0x0001u
#define SEMAPHORE_MODIFY_STATE 0x0002u
#define SEMAPHORE_ALL_ACCESS 0x001F0003u
#define TIMER_QUERY_STATE 0x0001u
#define TIMER_MODIFY_STATE 0x0002u
#define TIMER_ALL_ACCESS 0x001F0003u

/* Access rights to processes and threads. Those without a remark are granted, and nothing here needs them. */

/** TerminateProcess. */
#define PROCESS_TERMINATE 0x0001u
#define PROCESS_CREATE_THREAD 0x0002u
#define PROCESS_SET_SESSIONID 0x0004u
#define PROCESS_VM_OPERATION 0x0008u
#define PROCESS_VM_READ 0x0010u
#define PROCESS_VM_WRITE 0x0020u
/** To duplicate handles out of and into the process. */
#define PROCESS_DUP_HANDLE 0x0040u
#define PROCESS_CREATE_PROCESS 0x0080u
#define PROCESS_SET_QUOTA 0x0100u
#define PROCESS_SET_INFORMATION 0x0200u
/** Contains PROCESS_QUERY_LIMITED_INFORMATION. */
#define PROCESS_QUERY_INFORMATION 0x0400u
#define PROCESS_SUSPEND_RESUME 0x0800u
/** GetExitCodeProcess, GetProcessId. */
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000u
#define PROCESS_ALL_ACCESS 0x001FFFFFu
/** TerminateThread. */
#define THREAD_TERMINATE 0x0001u
/** SuspendThread, ResumeThread. */
#define THREAD_SUSPEND_RESUME 0x0002u
/** NtAlertThread. */
#define THREAD_ALERT 0x0004u
#define THREAD_GET_CONTEXT 0x0008u
/** To queue asynchronous procedure calls to the thread. */
#define THREAD_SET_CONTEXT 0x0010u
#define THREAD_SET_INFORMATION 0x0020u
/** Contains THREAD_QUERY_LIMITED_INFORMATION. */
#define THREAD_QUERY_INFORMATION 0x0040u
#define THREAD_SET_THREAD_TOKEN 0x0080u
#define THREAD_IMPERSONATE 0x0100u
#define THREAD_DIRECT_IMPERSONATION 0x0200u
#define THREAD_SET_LIMITED_INFORMATION 0x0400u
/** GetExitCodeThread, GetThreadId, GetProcessIdOfThread. */
#define THREAD_QUERY_LIMITED_INFORMATION 0x0800u
#define THREAD_RESUME 0x1000u
#define THREAD_ALL_ACCESS 0x001FFFFFu

/** The most times that a thread can be suspended. */
#define MAXIMUM_SUSPEND_COUNT 0x7Fu

/* What the threads of one process share: structures that a program keeps in its own memory, and does not look into. */

/** See CRITICAL_SECTION in synchapi.h. */
typedef struct _RTL_CRITICAL_SECTION {
    /** -1, and 0 once it is deleted: there is no debug information. */
    PVOID DebugInfo;
    /** -1 while nobody owns it, else -2; who waits is not counted. */
    LONG LockCount;
    /** How often the owner has entered it and not left. */
    LONG RecursionCount;
    /** The number of the thread that owns it, as GetCurrentThreadId gives it; 0: none. */
    HANDLE OwningThread;
    /** The lock. Not a handle. */
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION;

/** See SRWLOCK in synchapi.h. */
typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;
#define RTL_SRWLOCK_INIT {0}

/** See CONDITION_VARIABLE in synchapi.h. */
typedef struct _RTL_CONDITION_VARIABLE {
    PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT {0}
/** The lock is held shared. */
#define RTL_CONDITION_VARIABLE_LOCKMODE_SHARED 0x1u

/** See INIT_ONCE in synchapi.h. */
typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;
#define RTL_RUN_ONCE_INIT {0}
#define RTL_RUN_ONCE_CHECK_ONLY 0x00000001u
#define RTL_RUN_ONCE_ASYNC 0x00000002u
#define RTL_RUN_ONCE_INIT_FAILED 0x00000004u
/** How many of the lowest bits of a context must be zero. */
#define RTL_RUN_ONCE_CTX_RESERVED_BITS 2

/** See SYNCHRONIZATION_BARRIER in synchapi.h. */
typedef struct _RTL_BARRIER {
    DWORD Reserved1;
    DWORD Reserved2;
    ULONG_PTR Reserved3[2];
    DWORD Reserved4;
    DWORD Reserved5;
} RTL_BARRIER, *PRTL_BARRIER;

INTERSYNC_STATIC_ASSERT(sizeof(RTL_CRITICAL_SECTION) == 40 && offsetof(RTL_CRITICAL_SECTION, OwningThread) == 16 &&
                            offsetof(RTL_CRITICAL_SECTION, SpinCount) == 32,
                        "RTL_CRITICAL_SECTION is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(RTL_SRWLOCK) == 8 && sizeof(RTL_CONDITION_VARIABLE) == 8 && sizeof(RTL_RUN_ONCE) == 8 &&
                            sizeof(RTL_BARRIER) == 32,
                        "the other structures have the sizes of Windows");

/* Interlocked singly linked lists; their functions are in interlockedapi.h. */

/** The beginning of whatever is put into a list. */
typedef struct _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} __attribute__((aligned(16))) SLIST_ENTRY, *PSLIST_ENTRY;

/** A list. All zero, it is empty. */
typedef union _SLIST_HEADER {
    __extension__ struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} __attribute__((aligned(16))) SLIST_HEADER, *PSLIST_HEADER;

INTERSYNC_STATIC_ASSERT(sizeof(SLIST_ENTRY) == 16 && sizeof(SLIST_HEADER) == 16, "lists are laid out as on Windows");

/* Memory and processors. */

/** No access to memory from before it takes place after it, nor the other way round, by the compiler or the processor. */
static inline void MemoryBarrier(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/** Tells the processor that the thread waits in a loop for another one. */
static inline void YieldProcessor(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield" ::: "memory");
#endif
}

/* Callbacks, and how and where the thread pool runs them. */

/** Called by a registered wait or a timer. Of a wait: whether the time-out has elapsed; of a timer: TRUE. */
typedef void(NTAPI *WAITORTIMERCALLBACKFUNC)(PVOID lpParameter, BOOLEAN TimerOrWaitFired);
typedef WAITORTIMERCALLBACKFUNC WAITORTIMERCALLBACK;
typedef void(NTAPI *WORKERCALLBACKFUNC)(PVOID lpParameter);

#define WT_EXECUTEDEFAULT 0x00000000u
/** As WT_EXECUTEINPERSISTENTTHREAD: there are no threads for input and output. */
#define WT_EXECUTEINIOTHREAD 0x00000001u
/** Of a registered wait: in the thread that waits. The other waits of that thread have to wait meanwhile. */
#define WT_EXECUTEINWAITTHREAD 0x00000004u
/** Once at most. */
#define WT_EXECUTEONLYONCE 0x00000008u
/** The callback may take long: a thread is started for it if none is idle. */
#define WT_EXECUTELONGFUNCTION 0x00000010u
/** Of a timer: in the thread of all timers. The other timers have to wait meanwhile. */
#define WT_EXECUTEINTIMERTHREAD 0x00000020u
/** In a thread that does not end, and waits alertably while it is idle: what was queued to it then runs. */
#define WT_EXECUTEINPERSISTENTTHREAD 0x00000080u
/** Without effect: threads have no identities of their own. */
#define WT_TRANSFER_IMPERSONATION 0x00000100u
/** Adds to flags how many threads may run callbacks; 500 if nobody says. The last call that says so counts. */
#define WT_SET_MAX_THREADPOOL_THREADS(Flags, Limit) ((Flags) |= (DWORD)(Limit) << 16)

#endif
