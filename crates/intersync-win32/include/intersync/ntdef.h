/**
 * @file
 * The structures and numbers of the native functions.
 */
#ifndef INTERSYNC_NTDEF_H
#define INTERSYNC_NTDEF_H

#include <intersync/winnt.h>

/* Texts and what describes an object. */

/** A text in UTF-16, counted in bytes; a NUL may follow. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

/** A text of bytes. */
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, ANSI_STRING, *PSTRING, *PANSI_STRING;

/** Which object, where it is, and what its handle is like. */
typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;

/** Fills OBJECT_ATTRIBUTES. */
#define InitializeObjectAttributes(p, n, a, r, s) \
    do {                                          \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);  \
        (p)->RootDirectory = (r);                 \
        (p)->Attributes = (a);                    \
        (p)->ObjectName = (n);                    \
        (p)->SecurityDescriptor = (s);            \
        (p)->SecurityQualityOfService = NULL;     \
    } while (0)

/** A process, and a thread in it, by their numbers. */
typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

INTERSYNC_STATIC_ASSERT(sizeof(UNICODE_STRING) == 16 && offsetof(UNICODE_STRING, Buffer) == 8,
                        "UNICODE_STRING is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(OBJECT_ATTRIBUTES) == 48 && offsetof(OBJECT_ATTRIBUTES, ObjectName) == 16 &&
                            offsetof(OBJECT_ATTRIBUTES, Attributes) == 24,
                        "OBJECT_ATTRIBUTES is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(CLIENT_ID) == 16, "CLIENT_ID is laid out as on Windows");

/* Attributes of handles and objects. */

/** The handle is protected from being closed. In NtDuplicateObject and NtQueryObject only. */
#define OBJ_PROTECT_CLOSE 0x00000001u
/** Children may inherit the handle. */
#define OBJ_INHERIT 0x00000002u
/** A new object outlives its handles. */
#define OBJ_PERMANENT 0x00000010u
/** Not supported. */
#define OBJ_EXCLUSIVE 0x00000020u
/** Names may differ by case. */
#define OBJ_CASE_INSENSITIVE 0x00000040u
/** A Create opens what exists. */
#define OBJ_OPENIF 0x00000080u
/** A link at the end of the path is not followed. */
#define OBJ_OPENLINK 0x00000100u
/* These change nothing here. */
#define OBJ_KERNEL_HANDLE 0x00000200u
#define OBJ_FORCE_ACCESS_CHECK 0x00000400u
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800u
/** No link may be on the way. */
#define OBJ_DONT_REPARSE 0x00001000u
#define OBJ_VALID_ATTRIBUTES 0x00001FF2u

/** In NtDuplicateObject: the duplicate is protected and inheritable as the source is. */
#define DUPLICATE_SAME_ATTRIBUTES 0x00000004u

/* The pseudo handles of GetCurrentProcess and GetCurrentThread. */
#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define NtCurrentThread() ((HANDLE)(LONG_PTR)-2)

#define MUTANT_ALL_ACCESS 0x001F0001u
#define DIRECTORY_QUERY 0x0001u
#define DIRECTORY_TRAVERSE 0x0002u
#define DIRECTORY_CREATE_OBJECT 0x0004u
#define DIRECTORY_CREATE_SUBDIRECTORY 0x0008u
#define DIRECTORY_ALL_ACCESS 0x000F000Fu
#define SYMBOLIC_LINK_QUERY 0x0001u
#define SYMBOLIC_LINK_ALL_ACCESS 0x000F0001u

/* Types and classes. */

/** Manual reset, auto reset. */
typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
/** Manual reset, auto reset. */
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny } WAIT_TYPE;
typedef enum _EVENT_INFORMATION_CLASS { EventBasicInformation } EVENT_INFORMATION_CLASS;
typedef enum _MUTANT_INFORMATION_CLASS { MutantBasicInformation } MUTANT_INFORMATION_CLASS;
typedef enum _SEMAPHORE_INFORMATION_CLASS { SemaphoreBasicInformation } SEMAPHORE_INFORMATION_CLASS;
typedef enum _TIMER_INFORMATION_CLASS { TimerBasicInformation } TIMER_INFORMATION_CLASS;
typedef enum _OBJECT_INFORMATION_CLASS {
    ObjectBasicInformation,
    ObjectNameInformation,
    ObjectTypeInformation,
    ObjectTypesInformation,
    ObjectHandleFlagInformation
} OBJECT_INFORMATION_CLASS;

/** What a timer calls in the thread that set it. */
typedef void(NTAPI *PTIMER_APC_ROUTINE)(PVOID TimerContext, ULONG TimerLowValue, LONG TimerHighValue);
/** An asynchronous procedure call. */
typedef void(NTAPI *PPS_APC_ROUTINE)(PVOID ApcArgument1, PVOID ApcArgument2, PVOID ApcArgument3);

/* What the queries store. */

typedef struct _EVENT_BASIC_INFORMATION {
    EVENT_TYPE EventType;
    LONG EventState;
} EVENT_BASIC_INFORMATION, *PEVENT_BASIC_INFORMATION;

typedef struct _MUTANT_BASIC_INFORMATION {
    LONG CurrentCount;
    BOOLEAN OwnedByCaller;
    BOOLEAN AbandonedState;
} MUTANT_BASIC_INFORMATION, *PMUTANT_BASIC_INFORMATION;

typedef struct _SEMAPHORE_BASIC_INFORMATION {
    LONG CurrentCount;
    LONG MaximumCount;
} SEMAPHORE_BASIC_INFORMATION, *PSEMAPHORE_BASIC_INFORMATION;

typedef struct _TIMER_BASIC_INFORMATION {
    LARGE_INTEGER RemainingTime;
    BOOLEAN TimerState;
} TIMER_BASIC_INFORMATION, *PTIMER_BASIC_INFORMATION;

typedef struct _OBJECT_BASIC_INFORMATION {
    /** OBJ_INHERIT, OBJ_PROTECT_CLOSE, OBJ_PERMANENT. */
    ULONG Attributes;
    ACCESS_MASK GrantedAccess;
    /** Handles in all processes. */
    ULONG HandleCount;
    /** These, the waits for the object, and one. */
    ULONG PointerCount;
    ULONG PagedPoolUsage;
    ULONG NonPagedPoolUsage;
    ULONG Reserved[3];
    /** What the name and the type take, or 0. */
    ULONG NameInformationLength;
    ULONG TypeInformationLength;
    ULONG SecurityDescriptorLength;
    LARGE_INTEGER CreateTime;
} OBJECT_BASIC_INFORMATION, *POBJECT_BASIC_INFORMATION;

/** The path; all 0 if there is no name. */
typedef struct _OBJECT_NAME_INFORMATION {
    UNICODE_STRING Name;
} OBJECT_NAME_INFORMATION, *POBJECT_NAME_INFORMATION;

/** What each generic right stands for. */
typedef struct _GENERIC_MAPPING {
    ACCESS_MASK GenericRead;
    ACCESS_MASK GenericWrite;
    ACCESS_MASK GenericExecute;
    ACCESS_MASK GenericAll;
} GENERIC_MAPPING, *PGENERIC_MAPPING;

/** A type. Its objects and handles are counted in the namespace of the handle; of what Linux does not count there is 0. */
typedef struct _OBJECT_TYPE_INFORMATION {
    UNICODE_STRING TypeName;
    ULONG TotalNumberOfObjects;
    ULONG TotalNumberOfHandles;
    ULONG TotalPagedPoolUsage;
    ULONG TotalNonPagedPoolUsage;
    ULONG TotalNamePoolUsage;
    ULONG TotalHandleTableUsage;
    ULONG HighWaterNumberOfObjects;
    ULONG HighWaterNumberOfHandles;
    ULONG HighWaterPagedPoolUsage;
    ULONG HighWaterNonPagedPoolUsage;
    ULONG HighWaterNamePoolUsage;
    ULONG HighWaterHandleTableUsage;
    ULONG InvalidAttributes;
    GENERIC_MAPPING GenericMapping;
    ULONG ValidAccessMask;
    BOOLEAN SecurityRequired;
    BOOLEAN MaintainHandleCount;
    UCHAR TypeIndex;
    CHAR ReservedByte;
    ULONG PoolType;
    ULONG DefaultPagedPoolCharge;
    ULONG DefaultNonPagedPoolCharge;
} OBJECT_TYPE_INFORMATION, *POBJECT_TYPE_INFORMATION;

typedef struct _OBJECT_HANDLE_FLAG_INFORMATION {
    BOOLEAN Inherit;
    BOOLEAN ProtectFromClose;
} OBJECT_HANDLE_FLAG_INFORMATION, *POBJECT_HANDLE_FLAG_INFORMATION;

/** An entry of a directory. The last one is all 0. */
typedef struct _OBJECT_DIRECTORY_INFORMATION {
    UNICODE_STRING Name;
    UNICODE_STRING TypeName;
} OBJECT_DIRECTORY_INFORMATION, *POBJECT_DIRECTORY_INFORMATION;

INTERSYNC_STATIC_ASSERT(sizeof(EVENT_BASIC_INFORMATION) == 8 && sizeof(MUTANT_BASIC_INFORMATION) == 8 &&
                            sizeof(SEMAPHORE_BASIC_INFORMATION) == 8 && sizeof(TIMER_BASIC_INFORMATION) == 16,
                        "the states are laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(OBJECT_BASIC_INFORMATION) == 56 && offsetof(OBJECT_BASIC_INFORMATION, CreateTime) == 48,
                        "OBJECT_BASIC_INFORMATION is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(OBJECT_TYPE_INFORMATION) == 104 && offsetof(OBJECT_TYPE_INFORMATION, GenericMapping) == 68 &&
                            offsetof(OBJECT_TYPE_INFORMATION, TypeIndex) == 90,
                        "OBJECT_TYPE_INFORMATION is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(OBJECT_DIRECTORY_INFORMATION) == 32, "OBJECT_DIRECTORY_INFORMATION is laid out as on Windows");

#endif
