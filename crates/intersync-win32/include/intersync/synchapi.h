/**
 * @file
 * Events, mutexes, semaphores, waitable timers, and waiting for them. At the end, what the threads of one process share: critical
 * sections, slim reader/writer locks, condition variables, one-time initialization, waiting at addresses, and barriers.
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

/*
 * What follows is for the threads of one process: the structures are words in the program's own memory, they have no names and
 * no handles, and nothing of them is shared with other processes or carried over a fork. They may be freed as soon as nobody
 * uses them; all-zero ones are ready for use, except barriers. Time-outs are as above. The functions do not look whether their
 * addresses lead anywhere, unless they say so, and are not to be called in a signal handler.
 */

INTERSYNC_BEGIN_DECLS

/* Critical sections: locks that the thread that owns them may enter again. */

typedef RTL_CRITICAL_SECTION CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;
/** Accepted: there is never any debug information. */
#define CRITICAL_SECTION_NO_DEBUG_INFO 0x01000000u

/** Makes a critical section that nobody owns. */
INTERSYNC_API void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/**
 * The same, with how often to look whether the section is left before sleeping; only the lower 24 bits count. It is 0 if the
 * process has only one processor. Returns TRUE.
 */
INTERSYNC_API BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount);

/**
 * The same, with flags, which mean nothing here.
 *
 * Last error: ERROR_INVALID_PARAMETER: an unknown flag, or a spin count of more than 24 bits.
 */
INTERSYNC_API BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount, DWORD Flags);

/** Enters a critical section, and waits for that if another thread owns it. As often as that it is to be left. */
INTERSYNC_API void WINAPI EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/** Enters a critical section unless another thread owns it; returns whether the calling thread does now. */
INTERSYNC_API BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/** Leaves a critical section once. Nothing happens if the calling thread does not own it. */
INTERSYNC_API void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/** Changes the spin count, and returns the one before. */
INTERSYNC_API DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount);

/** Ends the use of a critical section. If a thread owns it, it does so no longer. */
INTERSYNC_API void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/* Slim reader/writer locks: held by one thread exclusively, or by several shared. Whoever holds one must not acquire it again. */

typedef RTL_SRWLOCK SRWLOCK, *PSRWLOCK;
/** A free lock. */
#define SRWLOCK_INIT RTL_SRWLOCK_INIT

/** Makes a free lock. */
INTERSYNC_API void WINAPI InitializeSRWLock(PSRWLOCK SRWLock);

/** Acquires a lock exclusively. */
INTERSYNC_API void WINAPI AcquireSRWLockExclusive(PSRWLOCK SRWLock);

/** Acquires a lock shared. Waits also while others wait for it, so that these get their turn. */
INTERSYNC_API void WINAPI AcquireSRWLockShared(PSRWLOCK SRWLock);

/** Acquires a lock exclusively if nobody holds it; returns whether it has. */
INTERSYNC_API BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK SRWLock);

/** Acquires a lock shared if nobody holds it exclusively or waits for that; returns whether it has. */
INTERSYNC_API BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK SRWLock);

/** Releases a lock. Nothing happens if nobody holds it. */
INTERSYNC_API void WINAPI ReleaseSRWLockExclusive(PSRWLOCK SRWLock);

/** The same for a lock that is held shared. */
INTERSYNC_API void WINAPI ReleaseSRWLockShared(PSRWLOCK SRWLock);

/* Condition variables: what the holder of a lock waits for meanwhile lets go of the lock. */

typedef RTL_CONDITION_VARIABLE CONDITION_VARIABLE, *PCONDITION_VARIABLE;
/** A condition variable for which nobody waits. */
#define CONDITION_VARIABLE_INIT RTL_CONDITION_VARIABLE_INIT
/** The lock is held shared. */
#define CONDITION_VARIABLE_LOCKMODE_SHARED RTL_CONDITION_VARIABLE_LOCKMODE_SHARED

/** Makes a condition variable for which nobody waits. */
INTERSYNC_API void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/**
 * Leaves a critical section once and waits until somebody wakes the thread, which then enters the section again. No wake between
 * the two is missed. The thread can also wake without a reason.
 *
 * Last error: ERROR_TIMEOUT: nobody has; the section is entered again all the same.
 */
INTERSYNC_API BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE ConditionVariable, PCRITICAL_SECTION CriticalSection,
                                                   DWORD dwMilliseconds);

/**
 * The same with a slim reader/writer lock, held exclusively, or shared with CONDITION_VARIABLE_LOCKMODE_SHARED as flags.
 *
 * Last error: ERROR_TIMEOUT; ERROR_INVALID_PARAMETER: unknown flags, and nothing has happened.
 */
INTERSYNC_API BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE ConditionVariable, PSRWLOCK SRWLock,
                                                    DWORD dwMilliseconds, ULONG Flags);

/** Wakes one of the threads that wait; nothing happens if there is none. */
INTERSYNC_API void WINAPI WakeConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/** Wakes all threads that wait. */
INTERSYNC_API void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/* One-time initialization. */

typedef RTL_RUN_ONCE INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
/** Not initialized yet. */
#define INIT_ONCE_STATIC_INIT RTL_RUN_ONCE_INIT
/** Only look whether somebody has initialized. */
#define INIT_ONCE_CHECK_ONLY RTL_RUN_ONCE_CHECK_ONLY
/** Several threads may initialize; the first to complete wins. */
#define INIT_ONCE_ASYNC RTL_RUN_ONCE_ASYNC
/** The initialization has failed; another thread is to try. */
#define INIT_ONCE_INIT_FAILED RTL_RUN_ONCE_INIT_FAILED
/** How many of the lowest bits of a context must be zero. */
#define INIT_ONCE_CTX_RESERVED_BITS RTL_RUN_ONCE_CTX_RESERVED_BITS

/** What InitOnceExecuteOnce calls. It stores the context, if `Context` is not NULL, and returns whether it has succeeded. */
typedef BOOL(WINAPI *PINIT_ONCE_FN)(PINIT_ONCE InitOnce, PVOID Parameter, PVOID *Context);

/** Makes something that is not initialized yet. */
INTERSYNC_API void WINAPI InitOnceInitialize(PINIT_ONCE InitOnce);

/**
 * Calls `InitFn`, if it has not succeeded before; if another thread is doing that, waits for the outcome. `Context`, which may be
 * NULL, receives what `InitFn` has stored there.
 *
 * Last error: if `InitFn` fails, what it has left; ERROR_INVALID_PARAMETER: it has stored a context with one of the lowest
 * INIT_ONCE_CTX_RESERVED_BITS bits, which counts as a failure of it, or the initialization has begun with INIT_ONCE_ASYNC.
 */
INTERSYNC_API BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE InitOnce, PINIT_ONCE_FN InitFn, PVOID Parameter, LPVOID *Context);

/**
 * Begins an initialization. `fPending` receives TRUE if the caller is to initialize, and then to call InitOnceComplete. FALSE:
 * somebody has, and `lpContext`, which may be NULL, receives the context. Without INIT_ONCE_ASYNC, waits for the thread that
 * initializes, if there is one.
 *
 * Last error: ERROR_INVALID_PARAMETER: unknown flags, both flags, or not those of the threads that initialize;
 * ERROR_GEN_FAILURE: INIT_ONCE_CHECK_ONLY, and nobody has initialized.
 */
INTERSYNC_API BOOL WINAPI InitOnceBeginInitialize(LPINIT_ONCE lpInitOnce, DWORD dwFlags, BOOL *fPending, LPVOID *lpContext);

/**
 * Completes an initialization that InitOnceBeginInitialize has begun, with INIT_ONCE_ASYNC if that had it, and stores a context;
 * or with INIT_ONCE_INIT_FAILED and no context, has another thread try. One begun with INIT_ONCE_ASYNC is merely given up.
 *
 * Last error: ERROR_INVALID_PARAMETER: flags that are unknown, do not go together or are not those of the beginning, or a context
 * with one of the lowest INIT_ONCE_CTX_RESERVED_BITS bits; ERROR_GEN_FAILURE: nobody initializes, or another thread was faster.
 */
INTERSYNC_API BOOL WINAPI InitOnceComplete(LPINIT_ONCE lpInitOnce, DWORD dwFlags, LPVOID lpContext);

/* Waiting for a change at an address. */

/**
 * Waits until somebody wakes those who wait at an address, if 1, 2, 4 or 8 bytes there are the same as at `CompareAddress`; if
 * not, returns at once. Can also return without a reason.
 *
 * Last error: ERROR_INVALID_PARAMETER: another size; ERROR_NOACCESS: an address is NULL; ERROR_TIMEOUT.
 */
INTERSYNC_API BOOL WINAPI WaitOnAddress(volatile VOID *Address, PVOID CompareAddress, SIZE_T AddressSize, DWORD dwMilliseconds);

/** Wakes the thread that has waited longest at an address, if there is one. Change what is there before. */
INTERSYNC_API void WINAPI WakeByAddressSingle(PVOID Address);

/** Wakes all threads that wait at an address. */
INTERSYNC_API void WINAPI WakeByAddressAll(PVOID Address);

/* Synchronization barriers: threads that wait for one another, phase after phase. */

typedef RTL_BARRIER SYNCHRONIZATION_BARRIER;
typedef PRTL_BARRIER PSYNCHRONIZATION_BARRIER, LPSYNCHRONIZATION_BARRIER;
/** Do not sleep. */
#define SYNCHRONIZATION_BARRIER_FLAGS_SPIN_ONLY 0x01u
/** Sleep at once. */
#define SYNCHRONIZATION_BARRIER_FLAGS_BLOCK_ONLY 0x02u
/** Accepted: deleting is always safe. */
#define SYNCHRONIZATION_BARRIER_FLAGS_NO_DELETE 0x04u

/**
 * Makes a barrier for so many threads, which look so often whether the others have come before they sleep; -1: 2000 times.
 *
 * Last error: ERROR_INVALID_PARAMETER: less than one thread, or less than -1 times.
 */
INTERSYNC_API BOOL WINAPI InitializeSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER lpBarrier, LONG lTotalThreads,
                                                           LONG lSpinCount);

/** Waits until all threads have come. Returns TRUE in the one that has come last, FALSE in the others. */
INTERSYNC_API BOOL WINAPI EnterSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER lpBarrier, DWORD dwFlags);

/** Waits until all threads that have come have left, so that the barrier may be freed. Returns TRUE. */
INTERSYNC_API BOOL WINAPI DeleteSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER lpBarrier);

INTERSYNC_END_DECLS

#endif
