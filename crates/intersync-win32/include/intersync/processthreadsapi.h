/**
 * @file
 * Processes and threads. Their handles can be waited for: they are signaled once the process or
 * thread has ended.
 */
#ifndef INTERSYNC_PROCESSTHREADSAPI_H
#define INTERSYNC_PROCESSTHREADSAPI_H

#include <intersync/minwinbase.h>
#include <intersync/winbase.h>
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

/**
 * Creates a thread that runs `lpStartAddress`. Before it begins it runs what has been queued to it by QueueUserAPC. With
 * CREATE_SUSPENDED it begins once it has been resumed.
 *
 * `dwStackSize` is 0 for the stack that threads have by default. Otherwise the stack is that large, and at least 1 MiB unless
 * STACK_SIZE_PARAM_IS_A_RESERVATION is set. `lpThreadId` may be NULL.
 *
 * Returns a handle with all rights, or NULL.
 * Last error: ERROR_INVALID_PARAMETER: no function, or another flag; ERROR_NOT_ENOUGH_MEMORY: there can be no such thread.
 */
INTERSYNC_API HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES lpThreadAttributes, SIZE_T dwStackSize,
                                         LPTHREAD_START_ROUTINE lpStartAddress, LPVOID lpParameter, DWORD dwCreationFlags,
                                         LPDWORD lpThreadId);

/**
 * Ends the calling thread, with this exit code, whoever has created it. Its stack is unwound, as `pthread_exit` does, unless it is in a
 * function that was queued to it.
 */
INTERSYNC_API void WINAPI ExitThread(DWORD dwExitCode) INTERSYNC_NORETURN;

/**
 * Ends the calling thread at once, or a thread of this process that has not begun yet. Nothing happens if the thread has ended.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_TERMINATE; ERROR_NOT_SUPPORTED: it is another
 * thread that runs.
 */
INTERSYNC_API BOOL WINAPI TerminateThread(HANDLE hThread, DWORD dwExitCode);

/**
 * Gives the exit code of a thread, or STILL_ACTIVE. That of a thread that ends with its process is the exit code of the process.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_QUERY_LIMITED_INFORMATION.
 */
INTERSYNC_API BOOL WINAPI GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode);

/**
 * Suspends a thread once more that was created suspended and has not begun.
 *
 * Returns how many times it was suspended before, or (DWORD)-1.
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_SUSPEND_RESUME, or the thread has ended;
 * ERROR_SIGNAL_REFUSED: it is suspended MAXIMUM_SUSPEND_COUNT times; ERROR_NOT_SUPPORTED: it runs.
 */
INTERSYNC_API DWORD WINAPI SuspendThread(HANDLE hThread);

/**
 * Takes one suspension back; with the last of them the thread begins.
 *
 * Returns how many times it was suspended before, 0 if it runs, or (DWORD)-1.
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_SUSPEND_RESUME; ERROR_NOT_SUPPORTED: the thread
 * is one of another process, which this one has not created suspended.
 */
INTERSYNC_API DWORD WINAPI ResumeThread(HANDLE hThread);

/**
 * Opens a thread: one that has used this library, or the first of a process.
 *
 * Last error: ERROR_INVALID_PARAMETER: there is no such thread; ERROR_ACCESS_DENIED: it does not grant these rights.
 */
INTERSYNC_API HANDLE WINAPI OpenThread(DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwThreadId);

/**
 * The number of the thread that a handle is of; 0 if the call fails.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks THREAD_QUERY_LIMITED_INFORMATION.
 */
INTERSYNC_API DWORD WINAPI GetThreadId(HANDLE Thread);
/** The number of the process of a thread; else as GetThreadId. */
INTERSYNC_API DWORD WINAPI GetProcessIdOfThread(HANDLE Thread);

INTERSYNC_END_DECLS

#endif
