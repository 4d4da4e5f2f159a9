/**
 * @file
 * Private namespaces: directories of names that are found by a boundary and an alias, and used as `alias\name` in the names of
 * objects, by processes that have created or opened them.
 */
#ifndef INTERSYNC_NAMESPACEAPI_H
#define INTERSYNC_NAMESPACEAPI_H

#include <intersync/minwinbase.h>
#include <intersync/winerror.h>

/** ClosePrivateNamespace removes the namespace: it cannot be opened any more. */
#define PRIVATE_NAMESPACE_FLAG_DESTROY 0x00000001u

INTERSYNC_BEGIN_DECLS

/**
 * Describes a boundary, in memory only. To be freed with DeleteBoundaryDescriptor. `Flags` must be 0.
 *
 * Returns the description, or NULL.
 * Last error: ERROR_INVALID_PARAMETER: no name, or unknown flags; A only: ERROR_FILENAME_EXCED_RANGE.
 */
INTERSYNC_API HANDLE WINAPI CreateBoundaryDescriptorA(LPCSTR Name, ULONG Flags);
/** As CreateBoundaryDescriptorA, with a name in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreateBoundaryDescriptorW(LPCWSTR Name, ULONG Flags);

/** Frees a description. What was made with it stays. */
INTERSYNC_API void WINAPI DeleteBoundaryDescriptor(HANDLE BoundaryDescriptor);

/**
 * Adds somebody to the boundary: everyone (S-1-1-0), a user (S-1-22-1- and the uid) or a group (S-1-22-2- and the gid). Who
 * creates the namespace must be all of them. The address of the description is taken because it may move.
 *
 * Last error: ERROR_INVALID_HANDLE: no such description; ERROR_INVALID_PARAMETER: the SID is none of these; ERROR_NOACCESS:
 * a pointer is NULL.
 */
INTERSYNC_API BOOL WINAPI AddSIDToBoundaryDescriptor(HANDLE *BoundaryDescriptor, PSID RequiredSid);

/**
 * Refused: there are no integrity levels here.
 *
 * Last error: ERROR_NOT_SUPPORTED; ERROR_INVALID_HANDLE: no such description; ERROR_NOACCESS: a pointer is NULL.
 */
INTERSYNC_API BOOL WINAPI AddIntegrityLabelToBoundaryDescriptor(HANDLE *BoundaryDescriptor, PSID IntegrityLabel);

/**
 * Creates a namespace, and opens it under this alias in the calling process. It goes when this process ends or destroys it.
 *
 * Returns a handle for ClosePrivateNamespace only, or NULL.
 * Last error: ERROR_ALREADY_EXISTS: there is one of this boundary and alias, and it was not opened; ERROR_ACCESS_DENIED: the
 * caller is not within the boundary; ERROR_INVALID_PARAMETER: no alias, no such boundary, or nobody has been added to it; for its security, those of
 * the Creates of objects.
 */
INTERSYNC_API HANDLE WINAPI CreatePrivateNamespaceA(LPSECURITY_ATTRIBUTES lpPrivateNamespaceAttributes,
                                                    LPVOID lpBoundaryDescriptor, LPCSTR lpAliasPrefix);
/** As CreatePrivateNamespaceA, with an alias in UTF-16. */
INTERSYNC_API HANDLE WINAPI CreatePrivateNamespaceW(LPSECURITY_ATTRIBUTES lpPrivateNamespaceAttributes,
                                                    LPVOID lpBoundaryDescriptor, LPCWSTR lpAliasPrefix);

/**
 * Opens a namespace that another process has created, under its alias.
 *
 * Returns a handle for ClosePrivateNamespace only, or NULL.
 * Last error: ERROR_PATH_NOT_FOUND: there is none of this boundary and alias; ERROR_ACCESS_DENIED.
 */
INTERSYNC_API HANDLE WINAPI OpenPrivateNamespaceA(LPVOID lpBoundaryDescriptor, LPCSTR lpAliasPrefix);
/** As OpenPrivateNamespaceA, with an alias in UTF-16. */
INTERSYNC_API HANDLE WINAPI OpenPrivateNamespaceW(LPVOID lpBoundaryDescriptor, LPCWSTR lpAliasPrefix);

/**
 * Closes a namespace: its alias means nothing in this process any more. Handles to objects in it stay good.
 *
 * Returns TRUE or FALSE in a byte.
 * Last error: ERROR_INVALID_HANDLE. Unknown flags are ignored.
 */
INTERSYNC_API BOOLEAN WINAPI ClosePrivateNamespace(HANDLE Handle, ULONG Flags);

INTERSYNC_END_DECLS

#ifdef UNICODE
#define CreateBoundaryDescriptor CreateBoundaryDescriptorW
#define CreatePrivateNamespace CreatePrivateNamespaceW
#define OpenPrivateNamespace OpenPrivateNamespaceW
#else
#define CreateBoundaryDescriptor CreateBoundaryDescriptorA
#define CreatePrivateNamespace CreatePrivateNamespaceA
#define OpenPrivateNamespace OpenPrivateNamespaceA
#endif

#endif
