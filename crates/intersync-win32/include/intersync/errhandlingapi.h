/**
 * @file
 * The last-error value, which each thread has of its own.
 */
#ifndef INTERSYNC_ERRHANDLINGAPI_H
#define INTERSYNC_ERRHANDLINGAPI_H

#include <intersync/minwindef.h>
#include <intersync/winerror.h>

INTERSYNC_BEGIN_DECLS

/**
 * The last-error value of the calling thread, 0 at its beginning.
 *
 * It tells why a call failed, and only that: calls that succeed leave it as it is, except the Creates, which set 0 for a new
 * object and ERROR_ALREADY_EXISTS for one that they found.
 */
INTERSYNC_API DWORD WINAPI GetLastError(void);

/** Sets the last-error value of the calling thread. */
INTERSYNC_API void WINAPI SetLastError(DWORD dwErrCode);

INTERSYNC_END_DECLS

#endif
