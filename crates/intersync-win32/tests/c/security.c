/* Security identifiers, lists and descriptors in memory, and as texts. Prints what is wrong, then "done" if nothing is. */
#include <intersync/windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

/** What no function sets: a last error that must stay. */
#define UNTOUCHED 0xABCDu

/** That a call fails, and with which error. */
#define FAILS(call, error) check(__LINE__, #call " fails with " #error, !(call) && GetLastError() == (error))
/** That a call succeeds, and leaves the last error as it is. */
#define WORKS(call) check(__LINE__, #call " works", (SetLastError(UNTOUCHED), (call)) && GetLastError() == UNTOUCHED)

static SID_IDENTIFIER_AUTHORITY world = {SECURITY_WORLD_SID_AUTHORITY};
static SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
static SID_IDENTIFIER_AUTHORITY local_unix = {INTERSYNC_UNIX_SID_AUTHORITY};

/** A SID of a text, to be freed with LocalFree. */
static PSID sid_of(const char *text) {
    PSID sid = NULL;
    CHECK(ConvertStringSidToSidA(text, &sid));
    return sid;
}

/** Whether this is how a SID is written. */
static int is_written(PSID sid, const char *expected) {
    char *narrow = NULL;
    WCHAR *wide = NULL;
    int same = ConvertSidToStringSidA(sid, &narrow) && ConvertSidToStringSidW(sid, &wide) && strcmp(narrow, expected) == 0;
    for (size_t i = 0; same && i <= strlen(expected); i++) same = wide[i] == (WCHAR)expected[i];
    LocalFree(narrow);
    LocalFree(wide);
    return same;
}

static void identifiers(void) {
    union {
        SID sid;
        BYTE bytes[64];
    } made, copy;
    PSID user = NULL, admins = NULL;
    WORKS(AllocateAndInitializeSid(&local_unix, 2, INTERSYNC_UNIX_USER_RID, 1000, 0, 0, 0, 0, 0, 0, &user));
    CHECK(is_written(user, "S-1-22-1-1000"));
    WORKS(AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &admins));
    CHECK(GetLengthSid(admins) == 16 && GetSidLengthRequired(2) == 16 && GetSidLengthRequired(15) == SECURITY_MAX_SID_SIZE);
    CHECK(!EqualSid(user, admins) && EqualSid(user, user));
    FAILS(AllocateAndInitializeSid(&nt, 9, 0, 0, 0, 0, 0, 0, 0, 0, &admins), ERROR_INVALID_SID);

    memset(&made, 0xFF, sizeof made);
    WORKS(InitializeSid(&made, &world, 1));
    CHECK(made.sid.Revision == SID_REVISION && made.sid.SubAuthorityCount == 1 && made.bytes[12] == 0xFF);
    SetLastError(UNTOUCHED);
    *GetSidSubAuthority(&made, 0) = SECURITY_WORLD_RID;
    CHECK(GetLastError() == ERROR_SUCCESS);
    CHECK(IsValidSid(&made) && is_written(&made, "S-1-1-0"));
    CHECK(*GetSidSubAuthorityCount(&made) == 1 && GetSidIdentifierAuthority(&made)->Value[5] == 1);
    FAILS(GetSidSubAuthority(&made, 1), ERROR_INVALID_PARAMETER);
    FAILS(InitializeSid(&copy, &world, 16), ERROR_INVALID_PARAMETER);

    memset(&copy, 0xFF, sizeof copy);
    FAILS(CopySid(15, &copy, user), ERROR_INSUFFICIENT_BUFFER);
    CHECK(copy.bytes[0] == 0xFF);
    WORKS(CopySid(16, &copy, user));
    CHECK(EqualSid(&copy, user) && copy.bytes[16] == 0xFF);
    copy.sid.Revision = 2;
    CHECK(!IsValidSid(&copy) && !IsValidSid(NULL));
    FAILS(CopySid(64, &made, &copy), ERROR_INVALID_SID);
    CHECK(FreeSid(user) == NULL && FreeSid(admins) == NULL);
}

static void well_known_identifiers(void) {
    static const struct {
        WELL_KNOWN_SID_TYPE type;
        const char *abbreviation, *text;
    } known[] = {{WinWorldSid, "WD", "S-1-1-0"},
                 {WinCreatorOwnerSid, "co", "S-1-3-0"},
                 {WinAuthenticatedUserSid, "AU", "S-1-5-11"},
                 {WinLocalSystemSid, "SY", "S-1-5-18"},
                 {WinBuiltinAdministratorsSid, "BA", "S-1-5-32-544"},
                 {WinBuiltinUsersSid, "BU", "S-1-5-32-545"}};
    BYTE memory[SECURITY_MAX_SID_SIZE];
    DWORD size = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        PSID abbreviated = sid_of(known[i].abbreviation);
        size = sizeof memory;
        WORKS(CreateWellKnownSid(known[i].type, NULL, memory, &size));
        CHECK(size == GetLengthSid(memory) && is_written(memory, known[i].text) && EqualSid(memory, abbreviated));
        LocalFree(abbreviated);
    }
    size = 15;
    FAILS(CreateWellKnownSid(WinBuiltinUsersSid, NULL, memory, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK(size == 16);
    size = sizeof memory;
    FAILS(CreateWellKnownSid((WELL_KNOWN_SID_TYPE)12345, NULL, memory, &size), ERROR_INVALID_PARAMETER);
}

static void texts_of_identifiers(void) {
    static const char *const bad[] = {"",         "S",          "S-1",     "S-1-5",          "S-2-5-18",   "S-1-5-",
                                      "S-1-5-x",  "S-1-5--1",   "S-1-5-+1", "S-1-5-4294967296", "XX",       "S-1-5-18 ",
                                      "S-1-281474976710656-1", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"};
    PSID sid = NULL, wide = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) FAILS(ConvertStringSidToSidA(bad[i], &sid), ERROR_INVALID_SID);
    FAILS(ConvertStringSidToSidA(NULL, &sid), ERROR_INVALID_PARAMETER);
    FAILS(ConvertStringSidToSidW(u"WD", NULL), ERROR_INVALID_PARAMETER);
    sid = sid_of("s-1-0x5-0x20-544");
    CHECK(is_written(sid, "S-1-5-32-544"));
    WORKS(ConvertStringSidToSidW(u"BA", &wide));
    CHECK(EqualSid(sid, wide));
    LocalFree(sid);
    LocalFree(wide);
    sid = sid_of("S-1-0xABCDEF012345-1");
    CHECK(is_written(sid, "S-1-0xABCDEF012345-1"));
    LocalFree(sid);
}

static void lists(void) {
    union {
        ACL acl;
        DWORD words[16];
    } list;
    PSID user = sid_of("S-1-22-1-1000");
    ACCESS_ALLOWED_ACE *entry = NULL;
    FAILS(InitializeAcl(&list.acl, 7, ACL_REVISION), ERROR_INSUFFICIENT_BUFFER);
    FAILS(InitializeAcl(&list.acl, sizeof list, 1), ERROR_INVALID_PARAMETER);
    FAILS(InitializeAcl(&list.acl, 0x10000, ACL_REVISION), ERROR_INVALID_PARAMETER);
    WORKS(InitializeAcl(&list.acl, sizeof(ACL) + 2 * (sizeof(ACCESS_ALLOWED_ACE) - sizeof(DWORD) + 16) + 3, ACL_REVISION));
    CHECK(list.acl.AclSize == 56 && list.acl.AceCount == 0 && IsValidAcl(&list.acl));
    FAILS(AddAccessAllowedAce(&list.acl, 5, SYNCHRONIZE, user), ERROR_REVISION_MISMATCH);
    FAILS(AddAccessAllowedAceEx(&list.acl, ACL_REVISION, 0x20, SYNCHRONIZE, user), ERROR_INVALID_PARAMETER);
    FAILS(AddAccessAllowedAce(&list.acl, ACL_REVISION, SYNCHRONIZE, NULL), ERROR_INVALID_SID);
    FAILS(AddAccessDeniedAceEx(&list.acl, ACL_REVISION, 0x20, SYNCHRONIZE, user), ERROR_INVALID_PARAMETER);
    WORKS(AddAccessDeniedAceEx(&list.acl, ACL_REVISION, INHERIT_ONLY_ACE, GENERIC_WRITE, user));
    WORKS(GetAce(&list.acl, 0, (LPVOID *)&entry));
    CHECK(entry->Header.AceType == ACCESS_DENIED_ACE_TYPE && entry->Header.AceFlags == INHERIT_ONLY_ACE);
    WORKS(InitializeAcl(&list.acl, list.acl.AclSize, ACL_REVISION));
    WORKS(AddAccessDeniedAce(&list.acl, ACL_REVISION, GENERIC_WRITE, user));
    WORKS(AddAccessAllowedAceEx(&list.acl, ACL_REVISION_DS, INHERITED_ACE, SYNCHRONIZE, user));
    CHECK(list.acl.AceCount == 2 && list.acl.AclRevision == ACL_REVISION_DS && IsValidAcl(&list.acl));
    FAILS(AddAccessAllowedAce(&list.acl, ACL_REVISION, SYNCHRONIZE, user), ERROR_ALLOTTED_SPACE_EXCEEDED);

    WORKS(GetAce(&list.acl, 1, (LPVOID *)&entry));
    CHECK(entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && entry->Header.AceFlags == INHERITED_ACE);
    CHECK(entry->Header.AceSize == 24 && entry->Mask == SYNCHRONIZE && EqualSid(&entry->SidStart, user));
    FAILS(GetAce(&list.acl, 2, (LPVOID *)&entry), ERROR_INVALID_PARAMETER);
    entry->Header.AceSize = 28;
    FAILS(IsValidAcl(&list.acl), ERROR_INVALID_ACL);
    FAILS(AddAccessAllowedAce(&list.acl, ACL_REVISION, SYNCHRONIZE, user), ERROR_INVALID_ACL);
    FAILS(IsValidAcl(NULL), ERROR_INVALID_ACL);
    LocalFree(user);
}

static void descriptors(void) {
    SECURITY_DESCRIPTOR descriptor;
    PACL list = NULL;
    PSID user = sid_of("S-1-22-1-1000"), found = NULL;
    ACL empty;
    BOOL present = TRUE, defaulted = -1;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0;
    FAILS(InitializeSecurityDescriptor(&descriptor, 2), ERROR_UNKNOWN_REVISION);
    WORKS(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(IsValidSecurityDescriptor(&descriptor) && descriptor.Control == 0);
    WORKS(GetSecurityDescriptorDacl(&descriptor, &present, &list, &defaulted));
    CHECK(!present && list == NULL && defaulted == -1);

    CHECK(InitializeAcl(&empty, sizeof empty, ACL_REVISION));
    WORKS(SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, TRUE));
    WORKS(GetSecurityDescriptorDacl(&descriptor, &present, &list, &defaulted));
    CHECK(present && list == &empty && defaulted == TRUE && descriptor.Control == (SE_DACL_PRESENT | SE_DACL_DEFAULTED));
    WORKS(SetSecurityDescriptorDacl(&descriptor, FALSE, &empty, TRUE));
    CHECK(descriptor.Control == 0);

    WORKS(SetSecurityDescriptorOwner(&descriptor, user, FALSE));
    WORKS(SetSecurityDescriptorGroup(&descriptor, user, TRUE));
    WORKS(GetSecurityDescriptorOwner(&descriptor, &found, &defaulted));
    CHECK(found == user && !defaulted);
    WORKS(GetSecurityDescriptorGroup(&descriptor, &found, &defaulted));
    CHECK(found == user && defaulted);

    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE));
    CHECK(GetSecurityDescriptorLength(&descriptor) == sizeof descriptor + 16 + 16 + sizeof empty);
    WORKS(GetSecurityDescriptorControl(&descriptor, &control, &revision));
    CHECK(control == (SE_DACL_PRESENT | SE_GROUP_DEFAULTED) && revision == SECURITY_DESCRIPTOR_REVISION);

    empty.AclRevision = 9;
    WORKS(SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE));
    FAILS(IsValidSecurityDescriptor(&descriptor), ERROR_INVALID_SECURITY_DESCR);
    descriptor.Revision = 7;
    FAILS(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE), ERROR_UNKNOWN_REVISION);
    LocalFree(user);
}

/** The descriptor of a text, whose size is checked. */
static PSECURITY_DESCRIPTOR descriptor_of(const char *text, ULONG size) {
    PSECURITY_DESCRIPTOR made = NULL;
    ULONG told = 0;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &made, &told));
    if (told != size) printf("%s has %u bytes\n", text, told);
    CHECK(told == size && IsValidSecurityDescriptor(made));
    return made;
}

static void texts_of_descriptors(void) {
    static const struct {
        const char *text;
        DWORD error;
    } bad[] = {{"X:WD", ERROR_INVALID_PARAMETER},          {"D", ERROR_INVALID_PARAMETER},
               {"O:WDO:WD", ERROR_INVALID_PARAMETER},      {"O:nobody", ERROR_INVALID_SID},
               {"D:(A;;GA;;;WD", ERROR_INVALID_ACL},       {"D:(A;;GA;;WD)", ERROR_INVALID_ACL},
               {"D:(Q;;GA;;;WD)", ERROR_INVALID_ACL},      {"D:(A;;G;;;WD)", ERROR_INVALID_ACL},
               {"D:(A;;QQ;;;WD)", ERROR_INVALID_ACL},      {"D:(A;XX;GA;;;WD)", ERROR_INVALID_ACL},
               {"D:Q(A;;GA;;;WD)", ERROR_INVALID_ACL},     {"D:(A;;GA;;;XX)", ERROR_INVALID_SID},
               {"D:(A;;0x1FFFFFFFF;;;WD)", ERROR_INVALID_ACL}, {"S:(ML;;NW;;;LW)", ERROR_NOT_SUPPORTED},
               {"D:(OA;;GA;;;WD)", ERROR_NOT_SUPPORTED}};
    PSECURITY_DESCRIPTOR made = NULL;
    SECURITY_DESCRIPTOR_RELATIVE *head;
    ACCESS_ALLOWED_ACE *entry = NULL;
    PACL list = NULL;
    PSID owner = NULL;
    BOOL present = FALSE, defaulted = TRUE;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(ConvertStringSecurityDescriptorToSecurityDescriptorA(bad[i].text, SDDL_REVISION, &made, NULL), bad[i].error);
    FAILS(ConvertStringSecurityDescriptorToSecurityDescriptorW(u"D:", 2, &made, NULL), ERROR_UNKNOWN_REVISION);
    FAILS(ConvertStringSecurityDescriptorToSecurityDescriptorA(NULL, 1, &made, NULL), ERROR_INVALID_PARAMETER);

    made = descriptor_of("O:BAG:SYD:PAI (D;OICI;0x3;;;S-1-1-0) (A;IO;GASW;;;wd)", 20 + 16 + 12 + 8 + 2 * 20);
    head = (SECURITY_DESCRIPTOR_RELATIVE *)made;
    CHECK(GetSecurityDescriptorLength(made) == 20 + 16 + 12 + 8 + 2 * 20);
    CHECK(head->Control == (SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED | SE_DACL_AUTO_INHERITED));
    CHECK(GetSecurityDescriptorOwner(made, &owner, NULL) && is_written(owner, "S-1-5-32-544"));
    CHECK(GetSecurityDescriptorGroup(made, &owner, NULL) && is_written(owner, "S-1-5-18"));
    CHECK(GetSecurityDescriptorDacl(made, &present, &list, &defaulted) && present && !defaulted);
    CHECK(list->AceCount == 2 && GetAce(list, 0, (LPVOID *)&entry));
    CHECK(entry->Header.AceType == ACCESS_DENIED_ACE_TYPE && entry->Mask == 3);
    CHECK(entry->Header.AceFlags == (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE));
    CHECK(GetAce(list, 1, (LPVOID *)&entry) && entry->Mask == (GENERIC_ALL | 8) && entry->Header.AceFlags == INHERIT_ONLY_ACE);
    FAILS(SetSecurityDescriptorDacl(made, TRUE, NULL, FALSE), ERROR_INVALID_SECURITY_DESCR);
    LocalFree(made);

    made = descriptor_of("D:NO_ACCESS_CONTROL", 20);
    CHECK(GetSecurityDescriptorDacl(made, &present, &list, &defaulted) && present && list == NULL);
    LocalFree(made);
    made = descriptor_of("", 20);
    CHECK(GetSecurityDescriptorDacl(made, &present, &list, &defaulted) && !present);
    LocalFree(made);
}

/** One entry of EXPLICIT_ACCESS, and what its list is then: `count` entries, the one at `index` with this kind and mask. */
static PACL changed(PACL old, ACCESS_MODE mode, DWORD mask, const char *sid, WORD count, DWORD index, BYTE kind, DWORD expected) {
    EXPLICIT_ACCESS_A change = {mask, mode, NO_INHERITANCE, {NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_SID, TRUSTEE_IS_UNKNOWN, NULL}};
    ACCESS_ALLOWED_ACE *entry = NULL;
    PACL made = NULL;
    change.Trustee.ptstrName = sid_of(sid);
    CHECK(SetEntriesInAclA(1, &change, old, &made) == ERROR_SUCCESS && IsValidAcl(made) && made->AceCount == count);
    CHECK(count == 0 || (GetAce(made, index, (LPVOID *)&entry) && entry->Header.AceType == kind && entry->Mask == expected));
    LocalFree(change.Trustee.ptstrName);
    LocalFree(old);
    return made;
}

static void changes_of_lists(void) {
    enum { ALLOWED = ACCESS_ALLOWED_ACE_TYPE, DENIED = ACCESS_DENIED_ACE_TYPE };
    EXPLICIT_ACCESS_W wide[2] = {{SYNCHRONIZE, GRANT_ACCESS, 0, {NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_NAME, TRUSTEE_IS_USER, NULL}}};
    WCHAR user[] = u"CURRENT_USER", everyone[] = u"everyone", other[] = u"nobody here";
    ACCESS_ALLOWED_ACE *entry = NULL;
    PACL list = changed(NULL, GRANT_ACCESS, 0x3, "BU", 1, 0, ALLOWED, 0x3);
    list = changed(list, GRANT_ACCESS, 0x4, "BU", 1, 0, ALLOWED, 0x7);
    list = changed(list, DENY_ACCESS, 0x1, "WD", 2, 0, DENIED, 0x1);
    list = changed(list, DENY_ACCESS, 0x4, "BU", 3, 2, ALLOWED, 0x3);
    list = changed(list, GRANT_ACCESS, 0x4, "BU", 2, 1, ALLOWED, 0x7);
    list = changed(list, SET_ACCESS, 0x8, "WD", 2, 1, ALLOWED, 0x8);
    list = changed(list, REVOKE_ACCESS, 0, "BU", 1, 0, ALLOWED, 0x8);
    list = changed(list, REVOKE_ACCESS, 0, "WD", 0, 0, ALLOWED, 0);
    LocalFree(list);

    wide[1] = wide[0];
    wide[0].Trustee.ptstrName = user;
    wide[1].Trustee.ptstrName = everyone;
    SetLastError(UNTOUCHED);
    CHECK(SetEntriesInAclW(2, wide, NULL, &list) == ERROR_SUCCESS && list->AceCount == 2 && GetLastError() == UNTOUCHED);
    CHECK(GetAce(list, 1, (LPVOID *)&entry) && is_written(&entry->SidStart, "S-1-1-0"));
    LocalFree(list);
    wide[0].Trustee.ptstrName = other;
    CHECK(SetEntriesInAclW(1, wide, NULL, &list) == ERROR_NONE_MAPPED);
    wide[0] = wide[1];
    wide[0].grfAccessMode = SET_AUDIT_FAILURE;
    CHECK(SetEntriesInAclW(1, wide, NULL, &list) == ERROR_NOT_SUPPORTED);
    wide[0].grfAccessMode = NOT_USED_ACCESS;
    CHECK(SetEntriesInAclW(1, wide, NULL, &list) == ERROR_INVALID_PARAMETER);
    wide[1].grfInheritance = 0x10;
    CHECK(SetEntriesInAclW(1, wide + 1, NULL, &list) == ERROR_INVALID_PARAMETER);
    CHECK(SetEntriesInAclW(1, wide, NULL, NULL) == ERROR_INVALID_PARAMETER && GetLastError() == UNTOUCHED);
}

/** A system list asks for auditing, which takes a privilege that nobody has. */
static void auditing(void) {
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    ACL empty;
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(InitializeAcl(&empty, sizeof empty, ACL_REVISION));
    descriptor.Control |= SE_SACL_PRESENT;
    descriptor.Sacl = &empty;
    FAILS(CreateEventA(&attributes, TRUE, FALSE, NULL), ERROR_PRIVILEGE_NOT_HELD);
    FAILS(CreateEventA(&attributes, TRUE, FALSE, "audited"), ERROR_PRIVILEGE_NOT_HELD);
    FAILS(OpenEventA(SYNCHRONIZE, FALSE, "audited"), ERROR_FILE_NOT_FOUND);
    descriptor.Sacl = (PACL)16;
    FAILS(CreateEventA(&attributes, TRUE, FALSE, NULL), ERROR_NOACCESS);
    descriptor.Owner = (PSID)16;
    descriptor.Control = 0;
    FAILS(CreateEventA(&attributes, TRUE, FALSE, NULL), ERROR_NOACCESS);
    descriptor.Revision = 0;
    FAILS(CreateEventA(&attributes, TRUE, FALSE, NULL), ERROR_UNKNOWN_REVISION);
    attributes.lpSecurityDescriptor = (LPVOID)16;
    FAILS(CreateEventA(&attributes, TRUE, FALSE, NULL), ERROR_NOACCESS);
}

static void native_objects(void) {
    PSECURITY_DESCRIPTOR waits = descriptor_of("D:(A;;0x100000;;;WD)", 20 + 8 + 20);
    PSECURITY_DESCRIPTOR refused = descriptor_of("D:(A;;GA;;;IU)", 20 + 8 + 20);
    SECURITY_DESCRIPTOR unknown = {9, 0, 0, NULL, NULL, NULL, NULL};
    WCHAR buffer[] = u"\\Sessions\\1\\BaseNamedObjects\\guarded";
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    HANDLE made = NULL, again = NULL;
    RtlInitUnicodeString(&name, buffer);
    InitializeObjectAttributes(&attributes, &name, OBJ_OPENIF, NULL, refused);
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE) == STATUS_NOT_SUPPORTED);
    attributes.SecurityDescriptor = &unknown;
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE) == STATUS_UNKNOWN_REVISION);
    attributes.SecurityDescriptor = (PVOID)16;
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE) == STATUS_ACCESS_VIOLATION);
    attributes.SecurityDescriptor = waits;
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE) == STATUS_SUCCESS);
    /* Only root may more than wait. */
    CHECK(NtOpenEvent(&again, SYNCHRONIZE, &attributes) == STATUS_SUCCESS && NtClose(again) == STATUS_SUCCESS);
    CHECK(NtOpenEvent(&again, EVENT_MODIFY_STATE, &attributes) == (geteuid() == 0 ? STATUS_SUCCESS : STATUS_ACCESS_DENIED));
    /* What is there is opened as it is. */
    attributes.SecurityDescriptor = refused;
    CHECK(NtCreateEvent(&again, SYNCHRONIZE, &attributes, NotificationEvent, FALSE) == STATUS_OBJECT_NAME_EXISTS);
    attributes.Attributes = 0;
    CHECK(NtCreateEvent(&again, SYNCHRONIZE, &attributes, NotificationEvent, FALSE) == STATUS_OBJECT_NAME_COLLISION);
    buffer[sizeof buffer / sizeof *buffer - 2] = 'x';
    CHECK(NtCreateEvent(&again, SYNCHRONIZE, &attributes, NotificationEvent, FALSE) == STATUS_NOT_SUPPORTED);
    CHECK(NtClose(made) == STATUS_SUCCESS);
    LocalFree(waits);
    LocalFree(refused);
}

static void memory(void) {
    BYTE *bytes = LocalAlloc(LPTR, 1000);
    int sum = 0;
    for (int i = 0; i < 1000; i++) sum |= bytes[i];
    CHECK(sum == 0 && LocalFree(bytes) == NULL && LocalFree(NULL) == NULL);
    bytes = LocalAlloc(LMEM_FIXED, 0);
    CHECK(bytes != NULL && LocalFree(bytes) == NULL);
    FAILS(LocalAlloc(0x2, 1), ERROR_INVALID_PARAMETER);
    FAILS(LocalAlloc(LPTR, (SIZE_T)1 << 62), ERROR_NOT_ENOUGH_MEMORY);
}

int main(void) {
    identifiers();
    well_known_identifiers();
    texts_of_identifiers();
    lists();
    descriptors();
    texts_of_descriptors();
    changes_of_lists();
    auditing();
    native_objects();
    memory();
    return done();
}
