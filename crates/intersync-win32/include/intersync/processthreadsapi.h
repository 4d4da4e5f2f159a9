/**
 * @file
 * Processes and threads as far as handles need them. Their handles can be waited for: they are signaled once the process or
 * thread has ended.
 */
#ifndef INTERSYNC_PROCESSTHREADSAPI_H
#define INTERSYNC_PROCESSTHREADSAPI_H

#include <intersync/winerror.h>
#include <intersync/winnt.h>

INTERSYNC_BEGIN_DECLS

/** The pseudo handle -1, which is the calling process wherever it is used, with all rights. It need not be closed. */
INTERSYNC_API HANDLE WINAPI GetCurrentProcess(void);

/** The number of the calling process, as `getpid` gives it. */
INTERSYNC_API DWORD WINAPI GetCurrentProcessId(void);

/** The pseudo handle -2, which is the thread that uses it, with all rights. DuplicateHandle makes a real handle of it. */
INTERSYNC_API HANDLE WINAPI GetCurrentThread(void);

/** The number of the calling thread, as `gettid` gives it. */
INTERSYNC_API DWORD WINAPI GetCurrentThreadId(void);

/**
 * Opens a process that runs, to wait for it (SYNCHRONIZE), or to duplicate handles (PROCESS_DUP_HANDLE; for this it must use
 * this library and belong to the same user, or the caller be root). To wait, it need not use the library.
 *
 * Returns a handle, or NULL.
 * Last error: ERROR_INVALID_PARAMETER: there is no such process; ERROR_ACCESS_DENIED: it does not grant these rights.
 */
INTERSYNC_API HANDLE WINAPI OpenProcess(DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwProcessId);

/**
 * The number of the process that a handle is of; 0 if the call fails.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks PROCESS_QUERY_LIMITED_INFORMATION.
 */
INTERSYNC_API DWORD WINAPI GetProcessId(HANDLE Process);

/** What is queued to a thread. */
typedef void(CALLBACK *PAPCFUNC)(ULONG_PTR Parameter);

/** The flags of QueueUserAPC2. */
typedef enum _QUEUE_USER_APC_FLAGS { QUEUE_USER_APC_FLAGS_NONE = 0 } QUEUE_USER_APC_FLAGS;

/**
 * Queues a call to a thread of this process. It runs in an alertable wait of that thread, after those queued before it. Calls
 * still queued when the thread ends are dropped.
 *
 * Returns 0 if it fails.
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_SET_CONTEXT; ERROR_GEN_FAILURE: the thread has
 * ended; ERROR_NOT_SUPPORTED: it belongs to another process.
 */
INTERSYNC_API DWORD WINAPI QueueUserAPC(PAPCFUNC pfnAPC, HANDLE hThread, ULONG_PTR dwData);
/** As QueueUserAPC. Other flags than none: ERROR_INVALID_PARAMETER; nothing interrupts a thread that does not wait. */
INTERSYNC_API BOOL WINAPI QueueUserAPC2(PAPCFUNC ApcRoutine, HANDLE Thread, ULONG_PTR Data, QUEUE_USER_APC_FLAGS Flags);

INTERSYNC_END_DECLS

#endif
