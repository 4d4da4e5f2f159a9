/**
 * @file
 * Security identifiers and descriptors as texts: `S-1-22-1-1000`, `D:(A;;GA;;;WD)`.
 */
#ifndef INTERSYNC_SDDL_H
#define INTERSYNC_SDDL_H

#include <intersync/winbase.h>
#include <intersync/winerror.h>

#define SDDL_REVISION_1 1
#define SDDL_REVISION SDDL_REVISION_1

INTERSYNC_BEGIN_DECLS

/**
 * The SID of a text: numbers, or an abbreviation such as WD. To be freed with LocalFree.
 *
 * Last error: ERROR_INVALID_SID; ERROR_INVALID_PARAMETER: a pointer is NULL.
 */
INTERSYNC_API BOOL WINAPI ConvertStringSidToSidA(LPCSTR StringSid, PSID *Sid);
/** As ConvertStringSidToSidA, with a text in UTF-16. */
INTERSYNC_API BOOL WINAPI ConvertStringSidToSidW(LPCWSTR StringSid, PSID *Sid);

/** The text of a SID, in numbers. To be freed with LocalFree. Last error: as ConvertStringSidToSidA. */
INTERSYNC_API BOOL WINAPI ConvertSidToStringSidA(PSID Sid, LPSTR *StringSid);
/** As ConvertSidToStringSidA, with a text in UTF-16. */
INTERSYNC_API BOOL WINAPI ConvertSidToStringSidW(PSID Sid, LPWSTR *StringSid);

/**
 * The self-relative security descriptor of a text: owner, group, and entries that grant (A) and deny (D). To be freed with
 * LocalFree. The size may be NULL.
 *
 * Last error: ERROR_NOT_SUPPORTED: other entries, or a system list; ERROR_INVALID_ACL, ERROR_INVALID_SID,
 * ERROR_INVALID_PARAMETER: it breaks the rules of the language, or a pointer is NULL; ERROR_UNKNOWN_REVISION.
 */
INTERSYNC_API BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorA(LPCSTR StringSecurityDescriptor,
                                                                               DWORD StringSDRevision,
                                                                               PSECURITY_DESCRIPTOR *SecurityDescriptor,
                                                                               PULONG SecurityDescriptorSize);
/** As ConvertStringSecurityDescriptorToSecurityDescriptorA, with a text in UTF-16. */
INTERSYNC_API BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR StringSecurityDescriptor,
                                                                               DWORD StringSDRevision,
                                                                               PSECURITY_DESCRIPTOR *SecurityDescriptor,
                                                                               PULONG SecurityDescriptorSize);

INTERSYNC_END_DECLS

#ifdef UNICODE
#define ConvertStringSidToSid ConvertStringSidToSidW
#define ConvertSidToStringSid ConvertSidToStringSidW
#define ConvertStringSecurityDescriptorToSecurityDescriptor ConvertStringSecurityDescriptorToSecurityDescriptorW
#else
#define ConvertStringSidToSid ConvertStringSidToSidA
#define ConvertSidToStringSid ConvertSidToStringSidA
#define ConvertStringSecurityDescriptorToSecurityDescriptor ConvertStringSecurityDescriptorToSecurityDescriptorA
#endif

#endif
