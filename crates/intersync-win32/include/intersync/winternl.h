/**
 * @file
 * The native functions. They return a status, and leave the last error alone. Nothing is stored when they fail.
 *
 * Names are paths: `\BaseNamedObjects\x` is the object that the other functions call `Global\x`, and
 * `\Sessions\1\BaseNamedObjects\x` is `Local\x`. A name without a leading backslash begins at a directory, which
 * OBJECT_ATTRIBUTES tells: that of a handle from NtOpenDirectoryObject or CreatePrivateNamespace. Names are counted, not ended.
 *
 * Everything that takes attributes can fail with one of these statuses:
 *   INVALID_PARAMETER            a wrong size or unknown flags; an Open without attributes
 *   OBJECT_NAME_INVALID          an odd or too long name, an empty part of it, or none although there is a directory
 *   OBJECT_PATH_SYNTAX_BAD       a backslash at the beginning is missing, or one too many
 *   OBJECT_PATH_NOT_FOUND        there is no such directory
 *   OBJECT_TYPE_MISMATCH         the name is that of something of another type, or the handle is not of a directory
 *   OBJECT_NAME_NOT_FOUND        an Open: there is nothing of this name
 *   OBJECT_NAME_COLLISION        a Create without OBJ_OPENIF: it exists. With it, the status is OBJECT_NAME_EXISTS, a success.
 *   ACCESS_DENIED                it does not grant a right asked for; or the directory is not for objects
 *   ACCESS_VIOLATION             no place for the handle, or a name without its text
 *   NOT_SUPPORTED                OBJ_EXCLUSIVE, or a security descriptor that no mode of an object says
 *   UNKNOWN_REVISION, INVALID_OWNER, INVALID_PRIMARY_GROUP, PRIVILEGE_NOT_HELD, INVALID_ACL, INVALID_SID
 *                                a security descriptor that cannot be read, or not be kept
 *   DATATYPE_MISALIGNMENT        the structure or the text of its name is not aligned
 *
 * A query stores a structure of its own type: `Length` must be its size, which is stored at `ReturnLength` too unless that is NULL.
 */
#ifndef INTERSYNC_WINTERNL_H
#define INTERSYNC_WINTERNL_H

#include <intersync/ntdef.h>
#include <intersync/ntstatus.h>

/** The native queries are there. */
#define INTERSYNC_HAS_NTQUERY 1

INTERSYNC_BEGIN_DECLS

/* Creating and opening. */

/**
 * Creates an event, or opens it. A new one has the type `EventType`, and is signaled if `InitialState` is not 0.
 * Status: INVALID_PARAMETER: no such type.
 */
INTERSYNC_API NTSTATUS NTAPI NtCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                                           const OBJECT_ATTRIBUTES *ObjectAttributes, EVENT_TYPE EventType, BOOLEAN InitialState);
/** Opens an event. */
INTERSYNC_API NTSTATUS NTAPI NtOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, const OBJECT_ATTRIBUTES *ObjectAttributes);
/** Creates a mutex, or opens it. A new one belongs to the calling thread if `InitialOwner` is not 0. */
INTERSYNC_API NTSTATUS NTAPI NtCreateMutant(PHANDLE MutantHandle, ACCESS_MASK DesiredAccess,
                                            const OBJECT_ATTRIBUTES *ObjectAttributes, BOOLEAN InitialOwner);
/** Opens a mutex. */
INTERSYNC_API NTSTATUS NTAPI NtOpenMutant(PHANDLE MutantHandle, ACCESS_MASK DesiredAccess,
                                          const OBJECT_ATTRIBUTES *ObjectAttributes);
/** Creates a semaphore, or opens it. Status: INVALID_PARAMETER: bad counts. */
INTERSYNC_API NTSTATUS NTAPI NtCreateSemaphore(PHANDLE SemaphoreHandle, ACCESS_MASK DesiredAccess,
                                               const OBJECT_ATTRIBUTES *ObjectAttributes, LONG InitialCount, LONG MaximumCount);
/** Opens a semaphore. */
INTERSYNC_API NTSTATUS NTAPI NtOpenSemaphore(PHANDLE SemaphoreHandle, ACCESS_MASK DesiredAccess,
                                             const OBJECT_ATTRIBUTES *ObjectAttributes);
/** Creates a timer, or opens it. Status: INVALID_PARAMETER_4: no such type. */
INTERSYNC_API NTSTATUS NTAPI NtCreateTimer(PHANDLE TimerHandle, ACCESS_MASK DesiredAccess,
                                           const OBJECT_ATTRIBUTES *ObjectAttributes, TIMER_TYPE TimerType);
/** Opens a timer. */
INTERSYNC_API NTSTATUS NTAPI NtOpenTimer(PHANDLE TimerHandle, ACCESS_MASK DesiredAccess, const OBJECT_ATTRIBUTES *ObjectAttributes);

/* States. */

/**
 * Stores two LONGs: the type of an event (0 = manual reset, 1 = auto reset) and its state. Class 0 only.
 * Status: INVALID_INFO_CLASS, INFO_LENGTH_MISMATCH, ACCESS_VIOLATION: no buffer; INVALID_HANDLE, OBJECT_TYPE_MISMATCH,
 * ACCESS_DENIED: the handle lacks the right to query, in this order; so for all queries.
 */
INTERSYNC_API NTSTATUS NTAPI NtQueryEvent(HANDLE EventHandle, int Class, PVOID Information, ULONG Length, PULONG ReturnLength);
/** Stores the count of a mutex as a LONG (1 = free, 0 = owned once, -1 = twice), and two BOOLEANs: owned by the caller, abandoned. */
INTERSYNC_API NTSTATUS NTAPI NtQueryMutant(HANDLE MutantHandle, int Class, PVOID Information, ULONG Length, PULONG ReturnLength);
/** Stores two LONGs: count and maximum of a semaphore. */
INTERSYNC_API NTSTATUS NTAPI NtQuerySemaphore(HANDLE SemaphoreHandle, int Class, PVOID Information, ULONG Length,
                                              PULONG ReturnLength);
/** Stores the time to the due time of a timer in units of 100 ns, negative once that is past, and a BOOLEAN: signaled. */
INTERSYNC_API NTSTATUS NTAPI NtQueryTimer(HANDLE TimerHandle, int Class, PVOID Information, ULONG Length, PULONG ReturnLength);

/* Changes. */

/** As SetEvent; stores the state before unless `PreviousState` is NULL. */
INTERSYNC_API NTSTATUS NTAPI NtSetEvent(HANDLE EventHandle, PLONG PreviousState);
/** As ResetEvent; stores the state before. */
INTERSYNC_API NTSTATUS NTAPI NtResetEvent(HANDLE EventHandle, PLONG PreviousState);
/** As ResetEvent. */
INTERSYNC_API NTSTATUS NTAPI NtClearEvent(HANDLE EventHandle);
/** As PulseEvent; stores the state before. */
INTERSYNC_API NTSTATUS NTAPI NtPulseEvent(HANDLE EventHandle, PLONG PreviousState);
/** As ReleaseMutex; stores the count before. Status: MUTANT_NOT_OWNED. */
INTERSYNC_API NTSTATUS NTAPI NtReleaseMutant(HANDLE MutantHandle, PLONG PreviousCount);
/** As ReleaseSemaphore; stores the count before. Status: SEMAPHORE_LIMIT_EXCEEDED. */
INTERSYNC_API NTSTATUS NTAPI NtReleaseSemaphore(HANDLE SemaphoreHandle, LONG ReleaseCount, PLONG PreviousCount);
/**
 * As SetWaitableTimer; stores whether it was signaled. Status: INVALID_PARAMETER_6: a negative period; ACCESS_VIOLATION: no due
 * time; TIMER_RESUME_IGNORED, a success, if it is to wake the machine.
 */
INTERSYNC_API NTSTATUS NTAPI NtSetTimer(HANDLE TimerHandle, const LARGE_INTEGER *DueTime, PTIMER_APC_ROUTINE TimerApcRoutine,
                                        PVOID TimerContext, BOOLEAN ResumeTimer, LONG Period, PBOOLEAN PreviousState);
/** As CancelWaitableTimer; stores whether it was signaled. */
INTERSYNC_API NTSTATUS NTAPI NtCancelTimer(HANDLE TimerHandle, PBOOLEAN CurrentState);

/*
 * Waiting. A time is in steps of 100 ns: negative ones count from now, positive ones from 1601, on the system clock. What is
 * alertable may also end with USER_APC, when calls have run, or with ALERTED.
 */

/** Waits for an object; for ever if `Timeout` is NULL. Status: WAIT_0, ABANDONED_WAIT_0, TIMEOUT, or as WaitForSingleObject fails. */
INTERSYNC_API NTSTATUS NTAPI NtWaitForSingleObject(HANDLE ObjectHandle, BOOLEAN Alertable, const LARGE_INTEGER *Timeout);
/**
 * Waits for any or all of at most 64 objects. Status: INVALID_PARAMETER_1: none or more; INVALID_PARAMETER_3: no such type of
 * wait; INVALID_PARAMETER_MIX: one object twice among all.
 */
INTERSYNC_API NTSTATUS NTAPI NtWaitForMultipleObjects(ULONG ObjectCount, const HANDLE *ObjectsArray, WAIT_TYPE WaitType,
                                                      BOOLEAN Alertable, const LARGE_INTEGER *Timeout);
/** As SignalObjectAndWait. */
INTERSYNC_API NTSTATUS NTAPI NtSignalAndWaitForSingleObject(HANDLE ObjectToSignal, HANDLE WaitableObject, BOOLEAN Alertable,
                                                            const LARGE_INTEGER *Timeout);
/** Sleeps. Status: ACCESS_VIOLATION: no time. */
INTERSYNC_API NTSTATUS NTAPI NtDelayExecution(BOOLEAN Alertable, const LARGE_INTEGER *DelayInterval);
/**
 * As QueueUserAPC. Status: INVALID_PARAMETER: no function; UNSUCCESSFUL: the thread has ended; NOT_SUPPORTED: it is another
 * process's.
 */
INTERSYNC_API NTSTATUS NTAPI NtQueueApcThread(HANDLE ThreadHandle, PPS_APC_ROUTINE ApcRoutine, PVOID ApcArgument1,
                                              PVOID ApcArgument2, PVOID ApcArgument3);
/** Ends the next alertable wait of a thread of this process, or the one under way. The handle needs THREAD_ALERT. */
INTERSYNC_API NTSTATUS NTAPI NtAlertThread(HANDLE ThreadHandle);
/** Takes an alert: ALERTED. Without one, runs the calls that are queued to the calling thread: SUCCESS. */
INTERSYNC_API NTSTATUS NTAPI NtTestAlert(void);

/* Handles. */

/** As CloseHandle. Status: INVALID_HANDLE; HANDLE_NOT_CLOSABLE: it is protected. */
INTERSYNC_API NTSTATUS NTAPI NtClose(HANDLE Handle);
/**
 * As DuplicateHandle, with OBJ_INHERIT and OBJ_PROTECT_CLOSE in `HandleAttributes`, or those of the source by
 * DUPLICATE_SAME_ATTRIBUTES. Status: PROCESS_IS_TERMINATING: the target has ended; NOT_SUPPORTED: the attributes of another
 * process's handle, or a directory for another process.
 */
INTERSYNC_API NTSTATUS NTAPI NtDuplicateObject(HANDLE SourceProcessHandle, HANDLE SourceHandle, HANDLE TargetProcessHandle,
                                               PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                                               ULONG Options);
/** Whether two handles are of one object. Status: NOT_SAME_OBJECT, INVALID_HANDLE. */
INTERSYNC_API NTSTATUS NTAPI NtCompareObjects(HANDLE FirstObjectHandle, HANDLE SecondObjectHandle);
/**
 * Stores what is known of a handle and its object. `Length` must be that of the structure, for names and types also room for the
 * text behind it. Status: INVALID_HANDLE, INVALID_INFO_CLASS, INFO_LENGTH_MISMATCH, in this order.
 */
INTERSYNC_API NTSTATUS NTAPI NtQueryObject(HANDLE Handle, OBJECT_INFORMATION_CLASS ObjectInformationClass,
                                           PVOID ObjectInformation, ULONG Length, PULONG ReturnLength);
/** The object and its name outlive its handles. Status: NOT_SUPPORTED: it has no name; ACCESS_DENIED: somebody else's. */
INTERSYNC_API NTSTATUS NTAPI NtMakePermanentObject(HANDLE Handle);
/** The object goes with its last handle. Status: ACCESS_DENIED: the handle lacks the right DELETE. */
INTERSYNC_API NTSTATUS NTAPI NtMakeTemporaryObject(HANDLE Handle);

/* Directories and symbolic links. */

/** Opens a directory of names. */
INTERSYNC_API NTSTATUS NTAPI NtOpenDirectoryObject(PHANDLE DirectoryHandle, ACCESS_MASK DesiredAccess,
                                                   const OBJECT_ATTRIBUTES *ObjectAttributes);
/** Opens a directory that exists, with OBJ_OPENIF. Status: NOT_SUPPORTED: there cannot be others. */
INTERSYNC_API NTSTATUS NTAPI NtCreateDirectoryObject(PHANDLE DirectoryHandle, ACCESS_MASK DesiredAccess,
                                                     const OBJECT_ATTRIBUTES *ObjectAttributes);
/**
 * Stores entries of a directory in OBJECT_DIRECTORY_INFORMATION: one, or as many as there is room for, then an empty one. Begins
 * with the entry whose number is at `Context`, or with the first, and stores there the number of the next.
 * Status: MORE_ENTRIES, a success; NO_MORE_ENTRIES; BUFFER_TOO_SMALL: for one; ACCESS_DENIED: the handle lacks DIRECTORY_QUERY.
 */
INTERSYNC_API NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE DirectoryHandle, PVOID Buffer, ULONG Length, BOOLEAN ReturnSingleEntry,
                                                    BOOLEAN RestartScan, PULONG Context, PULONG ReturnLength);
/** Opens a symbolic link. */
INTERSYNC_API NTSTATUS NTAPI NtOpenSymbolicLinkObject(PHANDLE LinkHandle, ACCESS_MASK DesiredAccess,
                                                      const OBJECT_ATTRIBUTES *ObjectAttributes);
/** Opens a link that exists, with OBJ_OPENIF. Status: INVALID_PARAMETER: no target; NOT_SUPPORTED: there cannot be others. */
INTERSYNC_API NTSTATUS NTAPI NtCreateSymbolicLinkObject(PHANDLE LinkHandle, ACCESS_MASK DesiredAccess,
                                                        const OBJECT_ATTRIBUTES *ObjectAttributes,
                                                        const UNICODE_STRING *LinkTarget);
/**
 * Stores where a link leads, in the buffer of `LinkTarget`; with `ReturnedLength` also a NUL, and its bytes with that.
 * Status: BUFFER_TOO_SMALL.
 */
INTERSYNC_API NTSTATUS NTAPI NtQuerySymbolicLinkObject(HANDLE LinkHandle, PUNICODE_STRING LinkTarget, PULONG ReturnedLength);

/* Processes and threads. */

/**
 * As OpenProcess, by the numbers of the process and, unless that is 0, of a thread in it. Status: INVALID_CID: there is none;
 * INVALID_PARAMETER_MIX: no numbers, or a name.
 */
INTERSYNC_API NTSTATUS NTAPI NtOpenProcess(PHANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                                           const OBJECT_ATTRIBUTES *ObjectAttributes, const CLIENT_ID *ClientId);

/**
 * Opens a thread that uses this library, by its number and, unless that is 0, that of its process. Status: as NtOpenProcess.
 */
INTERSYNC_API NTSTATUS NTAPI NtOpenThread(PHANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                                          const OBJECT_ATTRIBUTES *ObjectAttributes, const CLIENT_ID *ClientId);

/* Registered waits. */

/** As RegisterWaitForSingleObject. Status: ACCESS_VIOLATION, INVALID_PARAMETER: no callback; INVALID_HANDLE, ACCESS_DENIED. */
INTERSYNC_API NTSTATUS NTAPI RtlRegisterWait(PHANDLE WaitHandle, HANDLE Handle, WAITORTIMERCALLBACKFUNC Function, PVOID Context,
                                             ULONG Milliseconds, ULONG Flags);
/** As UnregisterWait. Status: INVALID_HANDLE; PENDING: callbacks are running or queued. */
INTERSYNC_API NTSTATUS NTAPI RtlDeregisterWait(HANDLE WaitHandle);
/** As UnregisterWaitEx. Status: also ACCESS_DENIED: the event cannot be set with its handle. */
INTERSYNC_API NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent);

/* Texts and codes. */

/** The Win32 error for a status; 317 (ERROR_MR_MID_NOT_FOUND) for one that is not known. */
INTERSYNC_API ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status);
/** Describes a text that ends with NUL, or none. At most 32766 units of it. */
INTERSYNC_API void NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
/** The same. Status: NAME_TOO_LONG. */
INTERSYNC_API NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);
/** The same for a text of bytes. */
INTERSYNC_API void NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSTR SourceString);

INTERSYNC_END_DECLS

#endif
