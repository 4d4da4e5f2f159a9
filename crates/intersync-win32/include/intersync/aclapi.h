/**
 * @file
 * Access control lists made from what somebody is to get or to lose.
 */
#ifndef INTERSYNC_ACLAPI_H
#define INTERSYNC_ACLAPI_H

#include <intersync/accctrl.h>
#include <intersync/winerror.h>

INTERSYNC_BEGIN_DECLS

/**
 * Makes a list from another one, which may be NULL, and these entries. To be freed with LocalFree.
 *
 * Returns an error code, and leaves the last error as it is: ERROR_INVALID_PARAMETER: a pointer is NULL, an unknown mode or
 * form, or flags that are not of inheritance; ERROR_INVALID_ACL: the old list is none, or has entries that neither grant nor
 * deny; ERROR_INVALID_SID; ERROR_NONE_MAPPED: another name than CURRENT_USER and EVERYONE; ERROR_NOT_SUPPORTED: auditing.
 */
INTERSYNC_API DWORD WINAPI SetEntriesInAclA(ULONG cCountOfExplicitEntries, PEXPLICIT_ACCESS_A pListOfExplicitEntries,
                                            PACL OldAcl, PACL *NewAcl);
/** As SetEntriesInAclA, with names in UTF-16. */
INTERSYNC_API DWORD WINAPI SetEntriesInAclW(ULONG cCountOfExplicitEntries, PEXPLICIT_ACCESS_W pListOfExplicitEntries,
                                            PACL OldAcl, PACL *NewAcl);

INTERSYNC_END_DECLS

#ifdef UNICODE
#define SetEntriesInAcl SetEntriesInAclW
#else
#define SetEntriesInAcl SetEntriesInAclA
#endif

#endif
