/**
 * @file
 * Processes and threads. Their handles can be waited for: they are signaled once the process or
 * thread has ended.
 */
#ifndef INTERSYNC_PROCESSTHREADSAPI_H
#define INTERSYNC_PROCESSTHREADSAPI_H

#include <intersync/minwinbase.h>
#include <intersync/winerror.h>
#include <intersync/winnt.h>

/** How a process starts. Only `cb` and `dwFlags` are looked at: there are no windows. */
typedef struct _STARTUPINFOA {
    DWORD cb;
    LPSTR lpReserved;
    LPSTR lpDesktop;
    LPSTR lpTitle;
    DWORD dwX;
    DWORD dwY;
    DWORD dwXSize;
    DWORD dwYSize;
    DWORD dwXCountChars;
    DWORD dwYCountChars;
    DWORD dwFillAttribute;
    DWORD dwFlags;
    WORD wShowWindow;
    WORD cbReserved2;
    LPBYTE lpReserved2;
    HANDLE hStdInput;
    HANDLE hStdOutput;
    HANDLE hStdError;
} STARTUPINFOA, *LPSTARTUPINFOA;
typedef struct _STARTUPINFOW {
    DWORD cb;
    LPWSTR lpReserved;
    LPWSTR lpDesktop;
    LPWSTR lpTitle;
    DWORD dwX;
    DWORD dwY;
    DWORD dwXSize;
    DWORD dwYSize;
    DWORD dwXCountChars;
    DWORD dwYCountChars;
    DWORD dwFillAttribute;
    DWORD dwFlags;
    WORD wShowWindow;
    WORD cbReserved2;
    LPBYTE lpReserved2;
    HANDLE hStdInput;
    HANDLE hStdOutput;
    HANDLE hStdError;
} STARTUPINFOW, *LPSTARTUPINFOW;

/** A process that was created, and its first thread. Both handles are to be closed. */
typedef struct _PROCESS_INFORMATION {
    HANDLE hProcess;
    HANDLE hThread;
    DWORD dwProcessId;
    DWORD dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;

INTERSYNC_STATIC_ASSERT(sizeof(STARTUPINFOA) == 104 && offsetof(STARTUPINFOA, dwFlags) == 60 &&
                            offsetof(STARTUPINFOA, hStdError) == 96 && sizeof(STARTUPINFOW) == 104,
                        "STARTUPINFO is laid out as on Windows");
INTERSYNC_STATIC_ASSERT(sizeof(PROCESS_INFORMATION) == 24 && offsetof(PROCESS_INFORMATION, dwThreadId) == 20,
                        "PROCESS_INFORMATION is laid out as on Windows");

/** Attributes of a new process, in memory of the caller: what the list begins with. */
typedef struct _PROC_THREAD_ATTRIBUTE_LIST {
    ULONG_PTR Reserved[3];
} PROC_THREAD_ATTRIBUTE_LIST, *PPROC_THREAD_ATTRIBUTE_LIST, *LPPROC_THREAD_ATTRIBUTE_LIST;

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

/**
 * Starts a program. `lpCommandLine` is split by the rules of Windows' C library. Without `lpApplicationName` its first part names the
 * program, which is looked for in `PATH` if it has no slash. `lpEnvironment` and `lpCurrentDirectory` are those of the caller if
 * NULL. The library reaps the process, so that a program that waits for its children must leave this one alone.
 *
 * With `bInheritHandles` the process inherits all inheritable handles, or those of PROC_THREAD_ATTRIBUTE_HANDLE_LIST. Both handles
 * in `lpProcessInformation` have all rights.
 *
 * Last error: ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND; ERROR_ACCESS_DENIED: it may not be executed; ERROR_BAD_EXE_FORMAT;
 * ERROR_DIRECTORY: there is no such directory; ERROR_FILENAME_EXCED_RANGE: the command line is too long;
 * ERROR_NO_UNICODE_TRANSLATION: half a surrogate pair; ERROR_INVALID_PARAMETER: something required is missing, an unknown flag, or a list
 * of handles without inheritance or with one that cannot be inherited; ERROR_NOT_SUPPORTED: a security descriptor, debugging,
 * a console, or standard handles; ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_ENOUGH_MEMORY.
 */
INTERSYNC_API BOOL WINAPI CreateProcessA(LPCSTR lpApplicationName, LPSTR lpCommandLine,
                                         LPSECURITY_ATTRIBUTES lpProcessAttributes, LPSECURITY_ATTRIBUTES lpThreadAttributes,
                                         BOOL bInheritHandles, DWORD dwCreationFlags, LPVOID lpEnvironment,
                                         LPCSTR lpCurrentDirectory, LPSTARTUPINFOA lpStartupInfo,
                                         LPPROCESS_INFORMATION lpProcessInformation);
/** As CreateProcessA, with texts in UTF-16. */
INTERSYNC_API BOOL WINAPI CreateProcessW(LPCWSTR lpApplicationName, LPWSTR lpCommandLine,
                                         LPSECURITY_ATTRIBUTES lpProcessAttributes, LPSECURITY_ATTRIBUTES lpThreadAttributes,
                                         BOOL bInheritHandles, DWORD dwCreationFlags, LPVOID lpEnvironment,
                                         LPCWSTR lpCurrentDirectory, LPSTARTUPINFOW lpStartupInfo,
                                         LPPROCESS_INFORMATION lpProcessInformation);

/**
 * Makes a list with room for so many attributes in memory of the size that a call with NULL stores in `lpSize`.
 *
 * Last error: ERROR_INSUFFICIENT_BUFFER: no memory, or too little; the size has been stored; ERROR_INVALID_PARAMETER.
 */
INTERSYNC_API BOOL WINAPI InitializeProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList,
                                                            DWORD dwAttributeCount, DWORD dwFlags, PSIZE_T lpSize);

/**
 * Adds an attribute. Its value must stay where it is until the list is deleted.
 *
 * Last error: ERROR_GEN_FAILURE: the list is full; ERROR_OBJECT_NAME_EXISTS: it has this attribute; ERROR_NOT_SUPPORTED: another one than
 * PROC_THREAD_ATTRIBUTE_HANDLE_LIST; ERROR_BAD_LENGTH: not the size of handles; ERROR_INVALID_PARAMETER.
 */
INTERSYNC_API BOOL WINAPI UpdateProcThreadAttribute(LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList, DWORD dwFlags,
                                                    DWORD_PTR Attribute, PVOID lpValue, SIZE_T cbSize, PVOID lpPreviousValue,
                                                    PSIZE_T lpReturnSize);
/** Empties the list, whose memory the caller frees. */
INTERSYNC_API void WINAPI DeleteProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList);

/**
 * Gives the exit code of a process, or STILL_ACTIVE. It has 32 bits if it was given to ExitProcess or TerminateProcess, else eight; it is
 * 128 and the number of the signal that has killed the process.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks PROCESS_QUERY_LIMITED_INFORMATION; ERROR_NOT_SUPPORTED:
 * nobody can know it.
 */
INTERSYNC_API BOOL WINAPI GetExitCodeProcess(HANDLE hProcess, LPDWORD lpExitCode);

/**
 * Ends a process, which has no say in it, with this exit code. It may not have ended yet when this returns: wait for it.
 *
 * Last error: ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED: the handle lacks PROCESS_TERMINATE, or the process has ended, or belongs to
 * another user.
 */
INTERSYNC_API BOOL WINAPI TerminateProcess(HANDLE hProcess, UINT uExitCode);

/** Ends the calling process as `exit` does. */
INTERSYNC_API void WINAPI ExitProcess(UINT uExitCode) INTERSYNC_NORETURN;

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
 * function that the library calls.
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

#ifdef UNICODE
#define CreateProcess CreateProcessW
typedef STARTUPINFOW STARTUPINFO;
typedef LPSTARTUPINFOW LPSTARTUPINFO;
#else
#define CreateProcess CreateProcessA
typedef STARTUPINFOA STARTUPINFO;
typedef LPSTARTUPINFOA LPSTARTUPINFO;
#endif

#endif
