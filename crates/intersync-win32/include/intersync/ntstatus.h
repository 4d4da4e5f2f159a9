/**
 * @file
 * The status codes of the native functions: errors have the two highest bits set, warnings the highest, information the second.
 */
#ifndef INTERSYNC_NTSTATUS_H
#define INTERSYNC_NTSTATUS_H

#include <intersync/minwindef.h>

/** A status: an error or a warning if it is negative. */
typedef LONG NTSTATUS;

/** Whether a call did what it was to do. */
#define NT_SUCCESS(Status) ((NTSTATUS)(Status) >= 0)

#define STATUS_SUCCESS ((NTSTATUS)0x00000000)
/** The wait is satisfied; with several objects, this number and the index of the one that satisfied it. */
#define STATUS_WAIT_0 ((NTSTATUS)0x00000000)
/** The same, and the object is a mutex whose last owner ended without releasing it. */
#define STATUS_ABANDONED_WAIT_0 ((NTSTATUS)0x00000080)
/** An alertable wait ended because asynchronous procedure calls have run. */
#define STATUS_USER_APC ((NTSTATUS)0x000000C0)
/** An alertable wait ended because the thread was alerted. */
#define STATUS_ALERTED ((NTSTATUS)0x00000101)
#define STATUS_TIMEOUT ((NTSTATUS)0x00000102)
/** Callbacks are running or queued. */
#define STATUS_PENDING ((NTSTATUS)0x00000103)
/** The buffer was too small for all entries. */
#define STATUS_MORE_ENTRIES ((NTSTATUS)0x00000105)
/** A Create with OBJ_OPENIF found the object and opened it. */
#define STATUS_OBJECT_NAME_EXISTS ((NTSTATUS)0x40000000)
/** The timer is set, and will not wake a machine that sleeps. */
#define STATUS_TIMER_RESUME_IGNORED ((NTSTATUS)0x40000025)
/** A pointer is not aligned. */
#define STATUS_DATATYPE_MISALIGNMENT ((NTSTATUS)0x80000002)
#define STATUS_BUFFER_OVERFLOW ((NTSTATUS)0x80000005)
/** There are no entries, or no more. */
#define STATUS_NO_MORE_ENTRIES ((NTSTATUS)0x8000001A)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001)
#define STATUS_NOT_IMPLEMENTED ((NTSTATUS)0xC0000002)
#define STATUS_INVALID_INFO_CLASS ((NTSTATUS)0xC0000003)
#define STATUS_INFO_LENGTH_MISMATCH ((NTSTATUS)0xC0000004)
/** A pointer leads nowhere. */
#define STATUS_ACCESS_VIOLATION ((NTSTATUS)0xC0000005)
#define STATUS_INVALID_HANDLE ((NTSTATUS)0xC0000008)
/** There is no such process or thread. */
#define STATUS_INVALID_CID ((NTSTATUS)0xC000000B)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#define STATUS_NO_MEMORY ((NTSTATUS)0xC0000017)
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
/** The handle, or the name, is that of an object of another type. */
#define STATUS_OBJECT_TYPE_MISMATCH ((NTSTATUS)0xC0000024)
#define STATUS_INVALID_PARAMETER_MIX ((NTSTATUS)0xC0000030)
/** A part of the name is empty, or the name is too long. */
#define STATUS_OBJECT_NAME_INVALID ((NTSTATUS)0xC0000033)
#define STATUS_OBJECT_NAME_NOT_FOUND ((NTSTATUS)0xC0000034)
/** The object exists, and OBJ_OPENIF was not given. */
#define STATUS_OBJECT_NAME_COLLISION ((NTSTATUS)0xC0000035)
/** A directory on the way is not there. */
#define STATUS_OBJECT_PATH_NOT_FOUND ((NTSTATUS)0xC000003A)
/** The name does not begin with a backslash and there is no directory to begin at, or the other way round. */
#define STATUS_OBJECT_PATH_SYNTAX_BAD ((NTSTATUS)0xC000003B)
#define STATUS_MUTANT_NOT_OWNED ((NTSTATUS)0xC0000046)
#define STATUS_SEMAPHORE_LIMIT_EXCEEDED ((NTSTATUS)0xC0000047)
#define STATUS_UNKNOWN_REVISION ((NTSTATUS)0xC0000058)
/** Objects cannot be made in the name of others. */
#define STATUS_INVALID_OWNER ((NTSTATUS)0xC000005A)
#define STATUS_INVALID_PRIMARY_GROUP ((NTSTATUS)0xC000005B)
#define STATUS_PRIVILEGE_NOT_HELD ((NTSTATUS)0xC0000061)
#define STATUS_INVALID_ACL ((NTSTATUS)0xC0000077)
#define STATUS_INVALID_SID ((NTSTATUS)0xC0000078)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xC00000BB)
/** The library is at fault, or the system refused something that it should not refuse. */
#define STATUS_INTERNAL_ERROR ((NTSTATUS)0xC00000E5)
#define STATUS_INVALID_PARAMETER_1 ((NTSTATUS)0xC00000EF)
#define STATUS_INVALID_PARAMETER_2 ((NTSTATUS)0xC00000F0)
#define STATUS_INVALID_PARAMETER_3 ((NTSTATUS)0xC00000F1)
#define STATUS_INVALID_PARAMETER_4 ((NTSTATUS)0xC00000F2)
#define STATUS_INVALID_PARAMETER_5 ((NTSTATUS)0xC00000F3)
#define STATUS_INVALID_PARAMETER_6 ((NTSTATUS)0xC00000F4)
#define STATUS_NAME_TOO_LONG ((NTSTATUS)0xC0000106)
#define STATUS_PROCESS_IS_TERMINATING ((NTSTATUS)0xC000010A)
#define STATUS_MUTANT_LIMIT_EXCEEDED ((NTSTATUS)0xC0000191)
/** The call was made from within another one, as a signal handler may make it. */
#define STATUS_POSSIBLE_DEADLOCK ((NTSTATUS)0xC0000194)
#define STATUS_NOT_SAME_OBJECT ((NTSTATUS)0xC00001AC)
/** The handle is protected from being closed. */
#define STATUS_HANDLE_NOT_CLOSABLE ((NTSTATUS)0xC0000235)
/** OBJ_DONT_REPARSE was given, and a link is on the way. */
#define STATUS_REPARSE_POINT_ENCOUNTERED ((NTSTATUS)0xC000050B)

/** What cannot go wrong on Windows: the status of an `ERROR_INTERSYNC_...`, which RtlNtStatusToDosError gives back. */
#define STATUS_INTERSYNC(Error) ((NTSTATUS)(0xC0000000u | (Error)))

#endif
