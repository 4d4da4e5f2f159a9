/**
 * @file
 * Security identifiers, access control lists and security descriptors, in memory. What they mean for a new object is in
 * `SECURITY.md`; sddl.h makes them from texts.
 */
#ifndef INTERSYNC_SECURITYBASEAPI_H
#define INTERSYNC_SECURITYBASEAPI_H

#include <intersync/winerror.h>
#include <intersync/winnt.h>

INTERSYNC_BEGIN_DECLS

/* Security identifiers. */

/** Whether it is one: revision 1, at most 15 sub-authorities. Leaves the last error as it is. */
INTERSYNC_API BOOL WINAPI IsValidSid(PSID pSid);
/** Whether both are the same. Leaves the last error as it is. */
INTERSYNC_API BOOL WINAPI EqualSid(PSID pSid1, PSID pSid2);
/** Its size in bytes; 0 if it is none. */
INTERSYNC_API DWORD WINAPI GetLengthSid(PSID pSid);
/** The size in bytes of a SID with so many sub-authorities. */
INTERSYNC_API DWORD WINAPI GetSidLengthRequired(UCHAR nSubAuthorityCount);

/** Copies one. Last error: ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_SID. */
INTERSYNC_API BOOL WINAPI CopySid(DWORD nDestinationSidLength, PSID pDestinationSid, PSID pSourceSid);

/** Makes one whose sub-authorities are 0, for GetSidSubAuthority. Last error: ERROR_INVALID_PARAMETER: more than 15. */
INTERSYNC_API BOOL WINAPI InitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority, BYTE nSubAuthorityCount);

/**
 * Where a sub-authority is, to be read or set. Sets the last error in any case.
 *
 * Returns NULL with ERROR_INVALID_SID or ERROR_INVALID_PARAMETER, the latter if it has no such sub-authority.
 */
INTERSYNC_API PDWORD WINAPI GetSidSubAuthority(PSID pSid, DWORD nSubAuthority);
/** Where the number of sub-authorities is. As GetSidSubAuthority. */
INTERSYNC_API PUCHAR WINAPI GetSidSubAuthorityCount(PSID pSid);
/** Where the authority is. As GetSidSubAuthority. */
INTERSYNC_API PSID_IDENTIFIER_AUTHORITY WINAPI GetSidIdentifierAuthority(PSID pSid);

/**
 * Makes a SID of up to 8 sub-authorities. To be freed with FreeSid.
 *
 * Last error: ERROR_INVALID_SID: more than 8; ERROR_NOT_ENOUGH_MEMORY.
 */
INTERSYNC_API BOOL WINAPI AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority, BYTE nSubAuthorityCount,
                                                   DWORD nSubAuthority0, DWORD nSubAuthority1, DWORD nSubAuthority2,
                                                   DWORD nSubAuthority3, DWORD nSubAuthority4, DWORD nSubAuthority5,
                                                   DWORD nSubAuthority6, DWORD nSubAuthority7, PSID *pSid);
/** Frees a SID of AllocateAndInitializeSid. Returns NULL. */
INTERSYNC_API PVOID WINAPI FreeSid(PSID pSid);

/**
 * Makes a SID that is the same everywhere. `DomainSid` is ignored: none of those that are known here depends on it.
 * `*cbSid` is the size of the memory, and afterwards that of the SID.
 *
 * Last error: ERROR_INSUFFICIENT_BUFFER: `*cbSid` tells how much is needed; ERROR_INVALID_PARAMETER: an unknown type.
 */
INTERSYNC_API BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE WellKnownSidType, PSID DomainSid, PSID pSid, DWORD *cbSid);

/* Access control lists. */

/** Makes an empty list that may fill so many bytes. Last error: ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER. */
INTERSYNC_API BOOL WINAPI InitializeAcl(PACL pAcl, DWORD nAclLength, DWORD dwAclRevision);
/** Whether it is a list, with its entries. */
INTERSYNC_API BOOL WINAPI IsValidAcl(PACL pAcl);
/** Where the entry with this index is. Last error: ERROR_INVALID_PARAMETER: there is none; ERROR_INVALID_ACL. */
INTERSYNC_API BOOL WINAPI GetAce(PACL pAcl, DWORD dwAceIndex, LPVOID *pAce);

/**
 * Adds an entry that grants rights, behind the others.
 *
 * Last error: ERROR_INVALID_SID; ERROR_REVISION_MISMATCH; ERROR_INVALID_PARAMETER: flags that are not of inheritance;
 * ERROR_INVALID_ACL; ERROR_ALLOTTED_SPACE_EXCEEDED: the list is full.
 */
INTERSYNC_API BOOL WINAPI AddAccessAllowedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid);
/** The same, with flags of inheritance. */
INTERSYNC_API BOOL WINAPI AddAccessAllowedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask, PSID pSid);
/** Adds an entry that denies rights, behind the others. As AddAccessAllowedAce. */
INTERSYNC_API BOOL WINAPI AddAccessDeniedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid);
/** The same, with flags of inheritance. */
INTERSYNC_API BOOL WINAPI AddAccessDeniedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask, PSID pSid);

/* Security descriptors. */

/** Makes one that says nothing. Last error: ERROR_UNKNOWN_REVISION. */
INTERSYNC_API BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD dwRevision);
/** Whether it is one, with all its parts. Last error: ERROR_INVALID_SECURITY_DESCR. */
INTERSYNC_API BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor);

/** Its size in bytes, with all its parts. */
INTERSYNC_API DWORD WINAPI GetSecurityDescriptorLength(PSECURITY_DESCRIPTOR pSecurityDescriptor);
/** Gets its SE_ bits and its revision. Last error: ERROR_UNKNOWN_REVISION. */
INTERSYNC_API BOOL WINAPI GetSecurityDescriptorControl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                                       PSECURITY_DESCRIPTOR_CONTROL pControl, LPDWORD lpdwRevision);

/**
 * Sets or removes the list. The list is not copied. NULL that is present: everybody may do everything.
 *
 * Last error: ERROR_INVALID_SECURITY_DESCR: it is self-relative; ERROR_UNKNOWN_REVISION.
 */
INTERSYNC_API BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent, PACL pDacl,
                                                    BOOL bDaclDefaulted);
/** Gets the list. If there is none, only `*lpbDaclPresent` is set. */
INTERSYNC_API BOOL WINAPI GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, LPBOOL lpbDaclPresent,
                                                    PACL *pDacl, LPBOOL lpbDaclDefaulted);
/** Sets the owner, which is not copied. As SetSecurityDescriptorDacl. */
INTERSYNC_API BOOL WINAPI SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pOwner,
                                                     BOOL bOwnerDefaulted);
/** Gets the owner; NULL: there is none. */
INTERSYNC_API BOOL WINAPI GetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID *pOwner,
                                                     LPBOOL lpbOwnerDefaulted);
/** Sets the group, which is not copied. As SetSecurityDescriptorDacl. */
INTERSYNC_API BOOL WINAPI SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pGroup,
                                                     BOOL bGroupDefaulted);
/** Gets the group; NULL: there is none. */
INTERSYNC_API BOOL WINAPI GetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID *pGroup,
                                                     LPBOOL lpbGroupDefaulted);

INTERSYNC_END_DECLS

#endif
