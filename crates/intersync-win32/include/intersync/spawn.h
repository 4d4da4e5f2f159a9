/**
 * @file
 * Not of Windows: starting a program, the way of Linux, that inherits handles.
 */
#ifndef INTERSYNC_SPAWN_H
#define INTERSYNC_SPAWN_H

#include <intersync/winnt.h>
#include <sys/types.h>

INTERSYNC_BEGIN_DECLS

/**
 * Starts the program at `path` with these arguments, which end with NULL, and the environment of the caller.
 *
 * If `inherit` is not 0, the child has the inheritable handles of the caller open at the same values; if `list` is not NULL,
 * only the `count` handles in it, all of which must be inheritable. The child is a child like any other: its exit status is
 * to be fetched with `waitpid`.
 *
 * Returns 0 and the child's number in `*pid`, or an errno, without having started anything. The last error is not touched.
 */
INTERSYNC_API int intersync_spawn(pid_t *pid, const char *path, char *const argv[], int inherit, const HANDLE *list,
                                  unsigned count);

INTERSYNC_END_DECLS

#endif
