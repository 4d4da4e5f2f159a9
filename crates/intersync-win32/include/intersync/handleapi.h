/**
 * @file
 * Handles: closing, duplicating, comparing, and their flags.
 */
#ifndef INTERSYNC_HANDLEAPI_H
#define INTERSYNC_HANDLEAPI_H

#include <intersync/winerror.h>
#include <intersync/winnt.h>

/** No handle to any object; the same value as GetCurrentProcess(). The functions here that make a handle fail with NULL. */
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/** Children that inherit handles get this one, at the same value. */
#define HANDLE_FLAG_INHERIT 0x00000001u
/** CloseHandle refuses this handle. */
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002u

/** Close the source handle, whatever becomes of the duplicate. */
#define DUPLICATE_CLOSE_SOURCE 0x00000001u
/** The duplicate has the rights of the source handle; the access argument is ignored. */
#define DUPLICATE_SAME_ACCESS 0x00000002u

INTERSYNC_BEGIN_DECLS

/**
 * Closes a handle. With the last handle in any process the object and its name are gone. A mutex is not released by closing,
 * and a wait that has begun goes on.
 *
 * Returns TRUE, for a pseudo handle too, which stays as it is.
 * Last error: ERROR_INVALID_HANDLE if the handle is not open, or is protected.
 */
INTERSYNC_API BOOL WINAPI CloseHandle(HANDLE hObject);

/**
 * Makes, in the target process, a new handle to the object of a handle of the source process. Either may be the caller or
 * another process of the same user.
 *
 * `lpTargetHandle` may be NULL; it receives NULL if the call fails. With DUPLICATE_CLOSE_SOURCE and no target process and no
 * `lpTargetHandle`, the call closes the source handle and makes none. A pseudo handle as source gives a real handle.
 *
 * Returns TRUE if the handle was made or, where that was asked for, closed.
 * Last error: ERROR_INVALID_HANDLE: the source handle is not open in its process, or a process handle is not one;
 * ERROR_INVALID_PARAMETER: no target process and nothing to close; ERROR_ACCESS_DENIED: a process handle lacks
 * PROCESS_DUP_HANDLE, the target process has ended, or the object does not grant the rights asked for.
 */
INTERSYNC_API BOOL WINAPI DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                                          LPHANDLE lpTargetHandle, DWORD dwDesiredAccess, BOOL bInheritHandle,
                                          DWORD dwOptions);

/**
 * Gives the flags of a handle: HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE.
 *
 * Last error: ERROR_INVALID_HANDLE.
 */
INTERSYNC_API BOOL WINAPI GetHandleInformation(HANDLE hObject, LPDWORD lpdwFlags);

/**
 * Gives the flags whose bits are set in `dwMask` the values they have in `dwFlags`. Unknown bits are ignored.
 *
 * Last error: ERROR_INVALID_HANDLE.
 */
INTERSYNC_API BOOL WINAPI SetHandleInformation(HANDLE hObject, DWORD dwMask, DWORD dwFlags);

/**
 * Whether two handles are of one object, whatever their rights.
 *
 * Last error, if FALSE: ERROR_NOT_SAME_OBJECT, or ERROR_INVALID_HANDLE if one of them is not open.
 */
INTERSYNC_API BOOL WINAPI CompareObjectHandles(HANDLE hFirstObjectHandle, HANDLE hSecondObjectHandle);

INTERSYNC_END_DECLS

#endif
