/**
 * @file
 * The native functions: queries of the state, and changes that tell the state before. They return a status, and leave the last
 * error alone. Nothing is stored when they fail.
 *
 * A query stores a structure of its own type: `Length` must be its size, which is stored at `ReturnLength` too unless that is NULL.
 */
#ifndef INTERSYNC_WINTERNL_H
#define INTERSYNC_WINTERNL_H

#include <intersync/winnt.h>

/** The native queries are there. */
#define INTERSYNC_HAS_NTQUERY 1

#define STATUS_SUCCESS 0x00000000u
#define STATUS_UNSUCCESSFUL 0xC0000001u
#define STATUS_INVALID_INFO_CLASS 0xC0000003u
#define STATUS_INFO_LENGTH_MISMATCH 0xC0000004u
#define STATUS_ACCESS_VIOLATION 0xC0000005u
#define STATUS_INVALID_HANDLE 0xC0000008u
#define STATUS_INVALID_PARAMETER 0xC000000Du
#define STATUS_ACCESS_DENIED 0xC0000022u
#define STATUS_OBJECT_TYPE_MISMATCH 0xC0000024u
#define STATUS_MUTANT_NOT_OWNED 0xC0000046u
#define STATUS_SEMAPHORE_LIMIT_EXCEEDED 0xC0000047u
#define STATUS_INSUFFICIENT_RESOURCES 0xC000009Au

INTERSYNC_BEGIN_DECLS

/** A status: an error if its highest bit is set. */
typedef LONG NTSTATUS;

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
/** Stores the time to the expiry of a timer in units of 100 ns (0: it is not armed), and a BOOLEAN: signaled. */
INTERSYNC_API NTSTATUS NTAPI NtQueryTimer(HANDLE TimerHandle, int Class, PVOID Information, ULONG Length, PULONG ReturnLength);

/** As SetEvent; stores the state before unless `PreviousState` is NULL. */
INTERSYNC_API NTSTATUS NTAPI NtSetEvent(HANDLE EventHandle, PLONG PreviousState);
/** As ResetEvent; stores the state before. */
INTERSYNC_API NTSTATUS NTAPI NtResetEvent(HANDLE EventHandle, PLONG PreviousState);
/** As PulseEvent; stores the state before. */
INTERSYNC_API NTSTATUS NTAPI NtPulseEvent(HANDLE EventHandle, PLONG PreviousState);
/** As ReleaseMutex; stores the count before. Status: MUTANT_NOT_OWNED. */
INTERSYNC_API NTSTATUS NTAPI NtReleaseMutant(HANDLE MutantHandle, PLONG PreviousCount);
/** As ReleaseSemaphore; stores the count before. Status: SEMAPHORE_LIMIT_EXCEEDED. */
INTERSYNC_API NTSTATUS NTAPI NtReleaseSemaphore(HANDLE SemaphoreHandle, LONG ReleaseCount, PLONG PreviousCount);
/** As CancelWaitableTimer; stores whether it was signaled. */
INTERSYNC_API NTSTATUS NTAPI NtCancelTimer(HANDLE TimerHandle, PBOOLEAN CurrentState);

INTERSYNC_END_DECLS

#endif
