/**
 * @file
 * What SetEntriesInAcl is told: who gets or loses which rights.
 */
#ifndef INTERSYNC_ACCCTRL_H
#define INTERSYNC_ACCCTRL_H

#include <intersync/winnt.h>

#define NO_INHERITANCE 0x0
#define SUB_OBJECTS_ONLY_INHERIT 0x1
#define SUB_CONTAINERS_ONLY_INHERIT 0x2
#define SUB_CONTAINERS_AND_OBJECTS_INHERIT 0x3
#define INHERIT_NO_PROPAGATE 0x4
#define INHERIT_ONLY 0x8

/** What an entry does. */
typedef enum _ACCESS_MODE {
    NOT_USED_ACCESS = 0,
    /** Adds rights; what was denied is not any more. */
    GRANT_ACCESS = 1,
    /** Replaces all that the list says about somebody. */
    SET_ACCESS = 2,
    /** Denies rights, before all that is granted. */
    DENY_ACCESS = 3,
    /** Removes what is granted. */
    REVOKE_ACCESS = 4,
    /** Refused: there is no auditing. */
    SET_AUDIT_SUCCESS = 5,
    SET_AUDIT_FAILURE = 6
} ACCESS_MODE;

typedef enum _MULTIPLE_TRUSTEE_OPERATION {
    NO_MULTIPLE_TRUSTEE = 0,
    /** Refused. */
    TRUSTEE_IS_IMPERSONATE = 1
} MULTIPLE_TRUSTEE_OPERATION;

/** What `ptstrName` is. */
typedef enum _TRUSTEE_FORM {
    /** A pointer to a SID. */
    TRUSTEE_IS_SID = 0,
    /** `CURRENT_USER` or `EVERYONE`. */
    TRUSTEE_IS_NAME = 1,
    TRUSTEE_BAD_FORM = 2
} TRUSTEE_FORM;

/** Not looked at. */
typedef enum _TRUSTEE_TYPE {
    TRUSTEE_IS_UNKNOWN = 0,
    TRUSTEE_IS_USER = 1,
    TRUSTEE_IS_GROUP = 2,
    TRUSTEE_IS_DOMAIN = 3,
    TRUSTEE_IS_ALIAS = 4,
    TRUSTEE_IS_WELL_KNOWN_GROUP = 5,
    TRUSTEE_IS_DELETED = 6,
    TRUSTEE_IS_INVALID = 7,
    TRUSTEE_IS_COMPUTER = 8
} TRUSTEE_TYPE;

/** Somebody who gets or loses rights. */
typedef struct _TRUSTEE_A {
    struct _TRUSTEE_A *pMultipleTrustee;
    MULTIPLE_TRUSTEE_OPERATION MultipleTrusteeOperation;
    TRUSTEE_FORM TrusteeForm;
    TRUSTEE_TYPE TrusteeType;
    LPSTR ptstrName;
} TRUSTEE_A, *PTRUSTEE_A;

/** As TRUSTEE_A, with names in UTF-16. */
typedef struct _TRUSTEE_W {
    struct _TRUSTEE_W *pMultipleTrustee;
    MULTIPLE_TRUSTEE_OPERATION MultipleTrusteeOperation;
    TRUSTEE_FORM TrusteeForm;
    TRUSTEE_TYPE TrusteeType;
    LPWSTR ptstrName;
} TRUSTEE_W, *PTRUSTEE_W;

/** An entry for SetEntriesInAcl. */
typedef struct _EXPLICIT_ACCESS_A {
    DWORD grfAccessPermissions;
    ACCESS_MODE grfAccessMode;
    DWORD grfInheritance;
    TRUSTEE_A Trustee;
} EXPLICIT_ACCESS_A, *PEXPLICIT_ACCESS_A;

/** As EXPLICIT_ACCESS_A, with names in UTF-16. */
typedef struct _EXPLICIT_ACCESS_W {
    DWORD grfAccessPermissions;
    ACCESS_MODE grfAccessMode;
    DWORD grfInheritance;
    TRUSTEE_W Trustee;
} EXPLICIT_ACCESS_W, *PEXPLICIT_ACCESS_W;

#ifdef UNICODE
typedef TRUSTEE_W TRUSTEE, *PTRUSTEE;
typedef EXPLICIT_ACCESS_W EXPLICIT_ACCESS, *PEXPLICIT_ACCESS;
#else
typedef TRUSTEE_A TRUSTEE, *PTRUSTEE;
typedef EXPLICIT_ACCESS_A EXPLICIT_ACCESS, *PEXPLICIT_ACCESS;
#endif

INTERSYNC_STATIC_ASSERT(sizeof(TRUSTEE_A) == 32 && sizeof(EXPLICIT_ACCESS_A) == 48 && sizeof(EXPLICIT_ACCESS_W) == 48,
                        "entries are laid out as on Windows");

#endif
