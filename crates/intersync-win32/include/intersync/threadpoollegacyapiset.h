/**
 * @file
 * The thread pool of the process: work items, timer queues, and the end of registered waits, which winbase.h begins.
 *
 * Callbacks run in threads of the library, several at a time. There are as many at first as processors; more come when none of the
 * callbacks that run makes room for those that are queued, and for WT_EXECUTELONGFUNCTION. A callback must return: it must not end
 * its thread. A forked child has none of the threads, waits, timers and queues of its parent, and can make its own.
 *
 * What ends a wait, a timer or a queue takes a `CompletionEvent`, which says what becomes of callbacks that are queued or running:
 *   NULL                  if there are any, returns FALSE with ERROR_IO_PENDING; they run
 *   a handle to an event  the same; the event is set when the last of them has returned, at once if there are none
 *   INVALID_HANDLE_VALUE  returns when the last of them has returned; not to be used in one of them
 * In all cases nothing is called any more because of anything that happens later.
 */
#ifndef INTERSYNC_THREADPOOLLEGACYAPISET_H
#define INTERSYNC_THREADPOOLLEGACYAPISET_H

#include <intersync/minwinbase.h>
#include <intersync/winerror.h>

INTERSYNC_BEGIN_DECLS

/**
 * Has `Function` called with `Context` in a thread of the pool. `Flags` are WT_EXECUTEDEFAULT, WT_EXECUTELONGFUNCTION,
 * WT_EXECUTEINPERSISTENTTHREAD and WT_EXECUTEINIOTHREAD.
 *
 * Last error: ERROR_INVALID_PARAMETER: no function; ERROR_NO_SYSTEM_RESOURCES: there is no thread, and none can be started.
 */
INTERSYNC_API BOOL WINAPI QueueUserWorkItem(LPTHREAD_START_ROUTINE Function, PVOID Context, ULONG Flags);

/**
 * Ends a registered wait. Its handle is invalid afterwards, and signals stay in the object.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_IO_PENDING: as above; ERROR_ACCESS_DENIED: the event cannot be set with its handle.
 */
INTERSYNC_API BOOL WINAPI UnregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent);

/** Makes a timer queue. Returns a handle for the functions below only. */
INTERSYNC_API HANDLE WINAPI CreateTimerQueue(void);

/**
 * Makes a timer in a queue, the default one if it is NULL: `Callback` is called with `Parameter` after `DueTime` ms (INFINITE:
 * not before it is changed), and then every `Period` ms unless that is 0. `Flags` are those of QueueUserWorkItem,
 * WT_EXECUTEINTIMERTHREAD, and WT_EXECUTEONLYONCE, with which the period must be 0.
 *
 * Stores a handle for the functions below only, before the first call.
 * Last error: ERROR_NOACCESS: no place for it; ERROR_INVALID_PARAMETER: no callback, or a period; ERROR_INVALID_HANDLE: no such
 * queue; ERROR_NO_SYSTEM_RESOURCES: there is no thread for it.
 */
INTERSYNC_API BOOL WINAPI CreateTimerQueueTimer(PHANDLE phNewTimer, HANDLE TimerQueue, WAITORTIMERCALLBACK Callback,
                                                PVOID Parameter, DWORD DueTime, DWORD Period, DWORD Flags);

/**
 * Sets due time and period anew. Without effect on a timer without a period that was due already. The queue is not looked at.
 *
 * Last error: ERROR_INVALID_PARAMETER: no such timer.
 */
INTERSYNC_API BOOL WINAPI ChangeTimerQueueTimer(HANDLE TimerQueue, HANDLE Timer, ULONG DueTime, ULONG Period);

/**
 * Removes a timer. The queue is not looked at.
 *
 * Last error: ERROR_INVALID_PARAMETER: no such timer; ERROR_IO_PENDING: as above; ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED: the
 * event cannot be set with its handle.
 */
INTERSYNC_API BOOL WINAPI DeleteTimerQueueTimer(HANDLE TimerQueue, HANDLE Timer, HANDLE CompletionEvent);

/** As DeleteTimerQueueEx with NULL. */
INTERSYNC_API BOOL WINAPI DeleteTimerQueue(HANDLE TimerQueue);

/**
 * Removes a queue, which cannot be the default one, with its timers.
 *
 * Last error: ERROR_INVALID_HANDLE: no such queue; ERROR_IO_PENDING: as above; ERROR_ACCESS_DENIED: the event cannot be set with
 * its handle.
 */
INTERSYNC_API BOOL WINAPI DeleteTimerQueueEx(HANDLE TimerQueue, HANDLE CompletionEvent);

INTERSYNC_END_DECLS

#endif
