/**
 * @file
 * Events, mutexes, semaphores, waitable timers, and waiting for them.
 *
 * Names. NULL or "" makes an object without a name. Events, mutexes, semaphores and timers share one set of names, which are
 * compared unit by unit; `Local\name` is the same as `name`, `Global\name` is of the whole machine, `alias\name` is in a private
 * namespace that this process has open. The functions ending in A take UTF-8.
 *
 * Every Create and Open can fail with one of these last errors:
 *   ERROR_PATH_NOT_FOUND        what stands before the backslash is unknown
 *   ERROR_ACCESS_DENIED         the object exists and does not grant a right asked for
 *   ERROR_INVALID_HANDLE        the name belongs to an object of another kind, or is a mere prefix
 *   ERROR_INVALID_NAME          a part of the name is empty, or it is longer than 32766 units, or not UTF-8 or UTF-16
 *   ERROR_BAD_PATHNAME          the name begins with a backslash
 *   ERROR_FILENAME_EXCED_RANGE  A only: the name is longer than MAX_PATH characters
 *   ERROR_PRIVILEGE_NOT_HELD    ACCESS_SYSTEM_SECURITY was asked for
 *   ERROR_NO_SYSTEM_RESOURCES   there is no room for the object or the handle
 * An Open also with:
 *   ERROR_FILE_NOT_FOUND        no object has this name
 *   ERROR_INVALID_PARAMETER     the name is NULL
 *
 * A Create that finds an object of the name opens it: all arguments that describe a new object are ignored, and the last error
 * is ERROR_ALREADY_EXISTS. For a new object it is ERROR_SUCCESS.
 *
 * Functions that take a handle check their other arguments first, then whether it is open and of the right kind
 * (ERROR_INVALID_HANDLE), then whether it has the right that they need (ERROR_ACCESS_DENIED).
 */
#ifndef INTERSYNC_SYNCHAPI_H
#define INTERSYNC_SYNCHAPI_H

#include <intersync/minwinbase.h>
#include <intersync/winerror.h>

/** A time-out that never comes. */
#define INFINITE 0xFFFFFFFFu
/** How many objects one call can wait for. */
#define MAXIMUM_WAIT_OBJECTS 64
/** The most objects that IntersyncWaitForMultipleObjects takes. */
#define INTERSYNC_MAXIMUM_WAIT_OBJECTS 1024

/** The wait is satisfied; with several objects, this number and the index of the one that satisfied it. */
#define WAIT_OBJECT_0 0x00000000u
/** The same, and the object is a mutex whose last owner ended without releasing it. */
#define WAIT_ABANDONED 0x00000080u
#define WAIT_ABANDONED_0 0x00000080u
/** An alertable wait ended because asynchronous procedure calls have run. */
#define WAIT_IO_COMPLETION 0x000000C0u
/** The wait failed; see the last error. */
#define WAIT_FAILED 0xFFFFFFFFu

/* Flags of CreateEventEx. */
#define CREATE_EVENT_MANUAL_RESET 0x00000001u
#define CREATE_EVENT_INITIAL_SET 0x00000002u
/* Flag of CreateMutexEx. */
#define CREATE_MUTEX_INITIAL_OWNER 0x00000001u
/* Flags of CreateWaitableTimerEx; the second one is a hint. */
#define CREATE_WAITABLE_TIMER_MANUAL_RESET 0x00000001u
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002u

/** What a timer calls in the thread that set it: with the argument given then, and the time of its expiry as a FILETIME. */
typedef void(CALLBACK *PTIMERAPCROUTINE)(LPVOID lpArgToCompletionRoutine, DWORD dwTimerLowValue, DWORD dwTimerHighValue);

INTERSYNC_BEGIN_DECLS

/* Events. */

/**
 * Creates an event, or opens it with all rights. A manual-reset event stays signaled until it is reset; an auto-reset event
 * until one wait is satisfied by it.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
                                         LPCSTR lpName);
/** As CreateEventA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
                                         LPCWSTR lpName);

/**
 * As CreateEventA, with CREATE_EVENT_ flags and just these rights on the handle.
 *
 * Last error: also ERROR_INVALID_PARAMETER: unknown flags.
 */
INTERSYNC_API HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCSTR lpName, DWORD dwFlags,
                                           DWORD dwDesiredAccess);
/** As CreateEventExA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCWSTR lpName, DWORD dwFlags,
                                           DWORD dwDesiredAccess);

/**
 * Opens an event that exists, with just these rights on the handle.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI OpenEventA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
/** As OpenEventA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI OpenEventW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/**
 * Signals an event. A manual-reset event releases all its waiters; an auto-reset event the oldest one that can go on, and only
 * stays signaled if there is none.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks EVENT_MODIFY_STATE.
 */
INTERSYNC_API BOOL WINAPI SetEvent(HANDLE hEvent);

/**
 * Makes an event nonsignaled. Waiters that have been released stay released.
 *
 * Last error: as SetEvent.
 */
INTERSYNC_API BOOL WINAPI ResetEvent(HANDLE hEvent);

/**
 * Releases those who wait at this moment, as SetEvent would, and leaves the event nonsignaled, all in one step.
 *
 * Last error: as SetEvent.
 */
INTERSYNC_API BOOL WINAPI PulseEvent(HANDLE hEvent);

/* Mutexes. */

/**
 * Creates a mutex, or opens it with all rights. With `bInitialOwner`, the calling thread owns it if it is new; one that existed
 * it never owns.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCSTR lpName);
/** As CreateMutexA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCWSTR lpName);

/**
 * As CreateMutexA, with CREATE_MUTEX_INITIAL_OWNER or 0 as flags and just these rights on the handle.
 *
 * Last error: also ERROR_INVALID_PARAMETER: unknown flags.
 */
INTERSYNC_API HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCSTR lpName, DWORD dwFlags,
                                           DWORD dwDesiredAccess);
/** As CreateMutexExA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCWSTR lpName, DWORD dwFlags,
                                           DWORD dwDesiredAccess);

/**
 * Opens a mutex that exists, with just these rights on the handle.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI OpenMutexA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
/** As OpenMutexA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI OpenMutexW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/**
 * Gives back one of the waits by which the calling thread owns the mutex; with the last one the oldest waiter becomes the owner.
 * Needs no right on the handle.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_NOT_OWNER: the calling thread does not own it.
 */
INTERSYNC_API BOOL WINAPI ReleaseMutex(HANDLE hMutex);

/* Semaphores. */

/**
 * Creates a semaphore, or opens it with all rights. It is signaled while its count is above 0; each wait takes one.
 *
 * Returns a handle, or NULL. Last error: see above; before everything else ERROR_INVALID_PARAMETER: the maximum is below 1, or
 * the initial count is not from 0 to the maximum.
 */
INTERSYNC_API HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                             LONG lMaximumCount, LPCSTR lpName);
/** As CreateSemaphoreA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                             LONG lMaximumCount, LPCWSTR lpName);

/** As CreateSemaphoreA, with just these rights on the handle. `dwFlags` must be 0, else ERROR_INVALID_PARAMETER. */
INTERSYNC_API HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                               LONG lMaximumCount, LPCSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);
/** As CreateSemaphoreExA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                               LONG lMaximumCount, LPCWSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);

/**
 * Opens a semaphore that exists, with just these rights on the handle.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI OpenSemaphoreA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
/** As OpenSemaphoreA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI OpenSemaphoreW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/**
 * Adds to the count and serves waiters. `lpPreviousCount` may be NULL; it receives the count before, and nothing on failure.
 *
 * Last error, in this order: ERROR_INVALID_PARAMETER: `lReleaseCount` is below 1; ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the
 * handle lacks SEMAPHORE_MODIFY_STATE; ERROR_TOO_MANY_POSTS: the count would exceed the maximum, and stays as it is.
 */
INTERSYNC_API BOOL WINAPI ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount);

/* Waitable timers. */

/**
 * Creates a timer, which is not set and not signaled, or opens it with all rights. A manual-reset timer stays signaled from its
 * expiry until it is set again; the other kind until one wait is satisfied by it.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI CreateWaitableTimerA(LPSECURITY_ATTRIBUTES lpTimerAttributes, BOOL bManualReset,
                                                 LPCSTR lpTimerName);
/** As CreateWaitableTimerA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateWaitableTimerW(LPSECURITY_ATTRIBUTES lpTimerAttributes, BOOL bManualReset,
                                                 LPCWSTR lpTimerName);

/**
 * As CreateWaitableTimerA, with CREATE_WAITABLE_TIMER_ flags and just these rights on the handle.
 *
 * Last error: also ERROR_INVALID_PARAMETER: unknown flags.
 */
INTERSYNC_API HANDLE WINAPI CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES lpTimerAttributes, LPCSTR lpTimerName,
                                                   DWORD dwFlags, DWORD dwDesiredAccess);
/** As CreateWaitableTimerExA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES lpTimerAttributes, LPCWSTR lpTimerName,
                                                   DWORD dwFlags, DWORD dwDesiredAccess);

/**
 * Opens a timer that exists, with just these rights on the handle.
 *
 * Returns a handle, or NULL. Last error: see above.
 */
INTERSYNC_API HANDLE WINAPI OpenWaitableTimerA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpTimerName);
/** As OpenWaitableTimerA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI OpenWaitableTimerW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpTimerName);

/**
 * Sets a timer; it is nonsignaled from then on, whatever it was. The due time is in steps of 100 nanoseconds: negative, from
 * now; positive, since the beginning of 1601 in UTC, as a FILETIME, and then it follows changes of the system's clock; 0, at
 * once. With a period, in milliseconds, it expires again and again after that; missed periods are not counted. `fResume` is
 * accepted and wakes no sleeping machine.
 *
 * A completion routine is called in the calling thread, in an alertable wait after an expiry. Setting or stopping the timer
 * withdraws a call that has not run yet, and the end of the thread stops the timer.
 *
 * Last error, in this order: ERROR_INVALID_PARAMETER: the period is negative; ERROR_NOACCESS: no due time;
 * ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks TIMER_MODIFY_STATE.
 */
INTERSYNC_API BOOL WINAPI SetWaitableTimer(HANDLE hTimer, const LARGE_INTEGER *lpDueTime, LONG lPeriod,
                                           PTIMERAPCROUTINE pfnCompletionRoutine, LPVOID lpArgToCompletionRoutine,
                                           BOOL fResume);
/** As SetWaitableTimer. The context is not looked at, and no expiry makes use of the delay that is tolerable, in milliseconds. */
INTERSYNC_API BOOL WINAPI SetWaitableTimerEx(HANDLE hTimer, const LARGE_INTEGER *lpDueTime, LONG lPeriod,
                                             PTIMERAPCROUTINE pfnCompletionRoutine, LPVOID lpArgToCompletionRoutine,
                                             PREASON_CONTEXT WakeContext, ULONG TolerableDelay);

/**
 * Stops a timer. Signaled or not, so it stays.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks TIMER_MODIFY_STATE.
 */
INTERSYNC_API BOOL WINAPI CancelWaitableTimer(HANDLE hTimer);

/* Waiting. Time-outs are in milliseconds of a clock that does not advance while the machine sleeps. */

/**
 * Waits until the object is signaled, and takes what it gives: a mutex is then owned by the calling thread, a semaphore has one
 * less, an auto-reset event and a timer that is not manual-reset are nonsignaled.
 *
 * Returns WAIT_OBJECT_0, WAIT_ABANDONED_0, WAIT_TIMEOUT or WAIT_FAILED.
 * Last error, only with WAIT_FAILED: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks SYNCHRONIZE;
 * ERROR_MUTANT_LIMIT_EXCEEDED: the calling thread owns the mutex too often already.
 */
INTERSYNC_API DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds);
/**
 * As WaitForSingleObject, and if alertable the wait also ends when calls are queued to the thread by QueueUserAPC, or by a timer
 * with a completion routine: then they all run, and the result is WAIT_IO_COMPLETION. An object that is signaled at first
 * comes first, and the calls stay queued.
 */
INTERSYNC_API DWORD WINAPI WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable);

/**
 * Waits for any of the objects, or for all of them.
 *
 * For any, only the object that satisfies the wait is changed: the one with the lowest index among those that are signaled at
 * first, later the one that becomes signaled first. For all, none is changed before the instant at which all are signaled.
 *
 * Returns WAIT_OBJECT_0 or WAIT_ABANDONED_0, for any with the index added, for all without; WAIT_TIMEOUT; WAIT_FAILED.
 * Last error, only with WAIT_FAILED: ERROR_INVALID_PARAMETER: no object, more than MAXIMUM_WAIT_OBJECTS, or for all the same
 * object twice; ERROR_NOACCESS: no array; and those of the first bad handle, as for WaitForSingleObject, which pseudo handles
 * are here too.
 */
INTERSYNC_API DWORD WINAPI WaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll,
                                                  DWORD dwMilliseconds);
/** As WaitForMultipleObjects; alertable as WaitForSingleObjectEx. */
INTERSYNC_API DWORD WINAPI WaitForMultipleObjectsEx(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll,
                                                    DWORD dwMilliseconds, BOOL bAlertable);
/**
 * As WaitForMultipleObjectsEx, for up to INTERSYNC_MAXIMUM_WAIT_OBJECTS objects: the index is not in the result, but in
 * `*pIndex` (may be NULL) where the result is WAIT_OBJECT_0 or WAIT_ABANDONED_0. Not a function of Windows.
 */
INTERSYNC_API DWORD WINAPI IntersyncWaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll,
                                                           DWORD dwMilliseconds, BOOL bAlertable, DWORD *pIndex);

/**
 * Signals one object, by setting an event, releasing a semaphore by one or a mutex once, and waits for another. If the
 * signaling fails, there is no wait; neither a time-out nor calls that run take the signal back. Alertable as
 * WaitForSingleObjectEx.
 *
 * Returns as WaitForSingleObject.
 * Last error, only with WAIT_FAILED: those of the wait, and ERROR_INVALID_HANDLE: a timer or a process cannot be signaled;
 * ERROR_ACCESS_DENIED: no right to; ERROR_TOO_MANY_POSTS; ERROR_NOT_OWNER.
 */
INTERSYNC_API DWORD WINAPI SignalObjectAndWait(HANDLE hObjectToSignal, HANDLE hObjectToWaitOn, DWORD dwMilliseconds,
                                               BOOL bAlertable);

/** Waits for a time to pass: 0 lets other threads run, INFINITE never returns. The last error is not touched. */
INTERSYNC_API void WINAPI Sleep(DWORD dwMilliseconds);
/** As Sleep, and returns 0; alertable as WaitForSingleObjectEx: WAIT_IO_COMPLETION when calls have run. */
INTERSYNC_API DWORD WINAPI SleepEx(DWORD dwMilliseconds, BOOL bAlertable);

INTERSYNC_END_DECLS

#ifdef UNICODE
#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define OpenEvent OpenEventW
#define CreateMutex CreateMutexW
#define CreateMutexEx CreateMutexExW
#define OpenMutex OpenMutexW
#define CreateSemaphore CreateSemaphoreW
#define CreateSemaphoreEx CreateSemaphoreExW
#define OpenSemaphore OpenSemaphoreW
#define CreateWaitableTimer CreateWaitableTimerW
#define CreateWaitableTimerEx CreateWaitableTimerExW
#define OpenWaitableTimer OpenWaitableTimerW
#else
#define CreateEvent CreateEventA
#define CreateEventEx CreateEventExA
#define OpenEvent OpenEventA
#define CreateMutex CreateMutexA
#define CreateMutexEx CreateMutexExA
#define OpenMutex OpenMutexA
#define CreateSemaphore CreateSemaphoreA
#define CreateSemaphoreEx CreateSemaphoreExA
#define OpenSemaphore OpenSemaphoreA
#define CreateWaitableTimer CreateWaitableTimerA
#define CreateWaitableTimerEx CreateWaitableTimerExA
#define OpenWaitableTimer OpenWaitableTimerA
#endif

#endif
