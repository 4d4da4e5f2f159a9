/**
 * @file
 * Memory that functions give to their callers. Registered waits: the library waits for an object on behalf of the program, and
 * calls a function each time.
 */
#ifndef INTERSYNC_WINBASE_H
#define INTERSYNC_WINBASE_H

#include <intersync/threadpoollegacyapiset.h>
#include <intersync/winerror.h>
#include <intersync/winnt.h>

typedef HANDLE HLOCAL;

#define LMEM_FIXED 0x0000u
#define LMEM_ZEROINIT 0x0040u
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)

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
 * Has a thread of the library wait for `hObject`, and `Callback` called with `Context` each time: with FALSE when the wait was
 * satisfied, which has the usual effect on the object; with TRUE when `dwMilliseconds` have elapsed without a signal (INFINITE:
 * never). The time starts again with each call. `dwFlags` are of WT_EXECUTE...: with WT_EXECUTEONLYONCE there is one call at
 * most. Never blocks. The handle may be closed: the wait has one of its own, so that the object lives until it is unregistered.
 *
 * A mutex that is acquired belongs to the thread that waits: only with WT_EXECUTEINWAITTHREAD can the callback release it.
 *
 * Stores a handle for UnregisterWait and UnregisterWaitEx only, before the first call.
 * Last error: ERROR_NOACCESS: no place for it; ERROR_INVALID_PARAMETER: no callback; ERROR_INVALID_HANDLE; ERROR_ACCESS_DENIED:
 * the handle lacks SYNCHRONIZE; ERROR_NO_SYSTEM_RESOURCES: no room for another thread; no room for a handle.
 */
INTERSYNC_API BOOL WINAPI RegisterWaitForSingleObject(PHANDLE phNewWaitObject, HANDLE hObject, WAITORTIMERCALLBACK Callback,
                                                      PVOID Context, ULONG dwMilliseconds, ULONG dwFlags);
/** As RegisterWaitForSingleObject, but returns the handle, or NULL. */
INTERSYNC_API HANDLE WINAPI RegisterWaitForSingleObjectEx(HANDLE hObject, WAITORTIMERCALLBACK Callback, PVOID Context,
                                                          ULONG dwMilliseconds, ULONG dwFlags);

/** As UnregisterWaitEx with NULL. */
INTERSYNC_API BOOL WINAPI UnregisterWait(HANDLE WaitHandle);

INTERSYNC_END_DECLS

#endif
