/**
 * @file
 * Memory that functions give to their callers. Texts of errors. How processes and threads are created. Registered waits: the library waits for
 * an object on behalf of the program, and calls a function each time.
 */
#ifndef INTERSYNC_WINBASE_H
#define INTERSYNC_WINBASE_H

#include <intersync/minwinbase.h>
#include <intersync/processthreadsapi.h>
#include <intersync/threadpoollegacyapiset.h>
#include <intersync/winerror.h>
#include <intersync/winnt.h>
#include <stdarg.h>

typedef HANDLE HLOCAL;

#define LMEM_FIXED 0x0000u
#define LMEM_ZEROINIT 0x0040u
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)

/** The library allocates the memory; lpBuffer is the address of a pointer to it. To be freed with LocalFree. */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100u
/** Inserts (%1) stay as they are. */
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200u
#define FORMAT_MESSAGE_FROM_STRING 0x00000400u
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800u
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000u
/** The arguments are an array of DWORD_PTR. */
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000u
/** The width of lines; this itself: no line breaks but those of %n. */
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FFu

/** A language and a dialect of it. */
#define MAKELANGID(primary, sub) ((WORD)(((WORD)(sub) << 10) | (WORD)(primary)))
#define LANG_NEUTRAL 0x00
#define LANG_ENGLISH 0x09
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define SUBLANG_ENGLISH_US 0x01

/* Flags of CreateProcess and CreateThread. */

#define DEBUG_PROCESS 0x00000001u
#define DEBUG_ONLY_THIS_PROCESS 0x00000002u
/** It does not begin before ResumeThread. */
#define CREATE_SUSPENDED 0x00000004u
/** In a session of its own, without a terminal. */
#define DETACHED_PROCESS 0x00000008u
#define CREATE_NEW_CONSOLE 0x00000010u
#define NORMAL_PRIORITY_CLASS 0x00000020u
#define IDLE_PRIORITY_CLASS 0x00000040u
#define HIGH_PRIORITY_CLASS 0x00000080u
#define REALTIME_PRIORITY_CLASS 0x00000100u
/** In a process group of its own, which signals of the terminal do not reach. */
#define CREATE_NEW_PROCESS_GROUP 0x00000200u
/** The environment consists of UTF-16. */
#define CREATE_UNICODE_ENVIRONMENT 0x00000400u
#define BELOW_NORMAL_PRIORITY_CLASS 0x00004000u
#define ABOVE_NORMAL_PRIORITY_CLASS 0x00008000u
/** The size given is all of the stack, not only what it has at first. */
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000u
/** There is a STARTUPINFOEX. */
#define EXTENDED_STARTUPINFO_PRESENT 0x00080000u
#define CREATE_BREAKAWAY_FROM_JOB 0x01000000u
#define CREATE_DEFAULT_ERROR_MODE 0x04000000u
#define CREATE_NO_WINDOW 0x08000000u

/* Flags of STARTUPINFO. */

#define STARTF_USESHOWWINDOW 0x00000001u
#define STARTF_USESIZE 0x00000002u
#define STARTF_USEPOSITION 0x00000004u
#define STARTF_FORCEONFEEDBACK 0x00000040u
#define STARTF_FORCEOFFFEEDBACK 0x00000080u
/** Refused: there are no handles to files. */
#define STARTF_USESTDHANDLES 0x00000100u

/* Attributes of new processes. */

/** The only handles that the process inherits. */
#define PROC_THREAD_ATTRIBUTE_HANDLE_LIST ((DWORD_PTR)0x00020002u)
#define PROC_THREAD_ATTRIBUTE_PARENT_PROCESS ((DWORD_PTR)0x00020000u)

/** How a process starts, with attributes. */
typedef struct _STARTUPINFOEXA {
    STARTUPINFOA StartupInfo;
    LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList;
} STARTUPINFOEXA, *LPSTARTUPINFOEXA;
typedef struct _STARTUPINFOEXW {
    STARTUPINFOW StartupInfo;
    LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList;
} STARTUPINFOEXW, *LPSTARTUPINFOEXW;

INTERSYNC_STATIC_ASSERT(sizeof(STARTUPINFOEXA) == 112 && sizeof(STARTUPINFOEXW) == 112,
                        "STARTUPINFOEX is laid out as on Windows");

#ifdef UNICODE
typedef STARTUPINFOEXW STARTUPINFOEX;
typedef LPSTARTUPINFOEXW LPSTARTUPINFOEX;
#else
typedef STARTUPINFOEXA STARTUPINFOEX;
typedef LPSTARTUPINFOEXA LPSTARTUPINFOEX;
#endif

INTERSYNC_BEGIN_DECLS

/**
 * Allocates memory, filled with zeros. To be freed with LocalFree; `free` does as well.
 *
 * Returns the memory, or NULL.
 * Last error: ERROR_NOT_ENOUGH_MEMORY; ERROR_INVALID_PARAMETER: a flag that makes memory movable.
 */
INTERSYNC_API HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes);

/** Frees memory from LocalAlloc or from a function that names this one. NULL is allowed. Returns NULL. */
INTERSYNC_API HLOCAL WINAPI LocalFree(HLOCAL hMem);

/**
 * Writes a text: that of an error code (FORMAT_MESSAGE_FROM_SYSTEM), in English, ended by a line break; or `lpSource`
 * (FORMAT_MESSAGE_FROM_STRING). `%1` to `%99` insert arguments, `%1!08x!` by a specification of printf, where l means 32 bits;
 * `%n` is a line break, `%0` the end, and `%` before any other character that character.
 *
 * Returns its length without the NUL, or 0.
 * Last error: ERROR_INVALID_PARAMETER: a pointer is NULL, no source is told, the text is not UTF-8 or breaks these rules;
 * ERROR_MR_MID_NOT_FOUND: no text for the code; ERROR_RESOURCE_LANG_NOT_FOUND: another language;
 * ERROR_RESOURCE_TYPE_NOT_FOUND: only FORMAT_MESSAGE_FROM_HMODULE; ERROR_INSUFFICIENT_BUFFER; ERROR_MORE_DATA: above 64 KiB.
 */
INTERSYNC_API DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                          LPSTR lpBuffer, DWORD nSize, va_list *Arguments);
/** As FormatMessageA, in UTF-16. */
INTERSYNC_API DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                          LPWSTR lpBuffer, DWORD nSize, va_list *Arguments);

/**
 * Has a thread of the library wait for `hObject`, and `Callback` called with `Context` each time: with FALSE when the wait was
 * satisfied, which has the usual effect on the object; with TRUE when `dwMilliseconds` have elapsed without a signal (INFINITE:
 * never). The time starts again with each call. `dwFlags` are of WT_EXECUTE...: with WT_EXECUTEONLYONCE there is one call at
 * most. Never blocks. The handle may be closed: the wait has one of its own, so that the object lives until it is unregistered.
 *
 * A mutex that is acquired belongs to the thread that waits: only with WT_EXECUTEINWAITTHREAD can the callback release it.
 *
 * Stores a handle for UnregisterWait and UnregisterWaitEx only, before the first call.
 * Last error: ERROR_NOACCESS: no place for it; ERROR_INVALID_PARAMETER: no callback; ERROR_INVALID_HANDLE: also for pseudo
 * handles; ERROR_ACCESS_DENIED: the handle lacks SYNCHRONIZE; ERROR_NO_SYSTEM_RESOURCES: no room for another thread; no room for
 * a handle.
 */
INTERSYNC_API BOOL WINAPI RegisterWaitForSingleObject(PHANDLE phNewWaitObject, HANDLE hObject, WAITORTIMERCALLBACK Callback,
                                                      PVOID Context, ULONG dwMilliseconds, ULONG dwFlags);
/** As RegisterWaitForSingleObject, but returns the handle, or NULL. */
INTERSYNC_API HANDLE WINAPI RegisterWaitForSingleObjectEx(HANDLE hObject, WAITORTIMERCALLBACK Callback, PVOID Context,
                                                          ULONG dwMilliseconds, ULONG dwFlags);

/** As UnregisterWaitEx with NULL. */
INTERSYNC_API BOOL WINAPI UnregisterWait(HANDLE WaitHandle);

INTERSYNC_END_DECLS

#ifdef UNICODE
#define FormatMessage FormatMessageW
#else
#define FormatMessage FormatMessageA
#endif

#endif
