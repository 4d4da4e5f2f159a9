/* How OBJECT_ATTRIBUTES tell which object, where it is, and what its handle is like. */
#include "native.h"
#include <stdlib.h>

#define GLOBAL u"\\BaseNamedObjects"
#define LOCAL u"\\Sessions\\1\\BaseNamedObjects"

static HANDLE event_at(const WCHAR *path) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE event = NULL;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    return event;
}

static HANDLE directory_at(const WCHAR *path) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE directory = NULL;
    IS(STATUS_SUCCESS, NtOpenDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, &given));
    return directory;
}

/** What opening an event comes to; closed again if it can be. */
static NTSTATUS opens(const WCHAR *path, ULONG flags, HANDLE root) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, flags, root);
    HANDLE event = NULL;
    const NTSTATUS status = NtOpenEvent(&event, SYNCHRONIZE, &given);
    if (status == STATUS_SUCCESS) NtClose(event);
    return status;
}

static NTSTATUS creates(const WCHAR *path, ULONG flags, HANDLE root) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, flags, root);
    HANDLE event = NULL;
    const NTSTATUS status = NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE);
    if (NT_SUCCESS(status)) NtClose(event);
    return status;
}

static void paths_lead_where_prefixes_lead(void) {
    HANDLE event = event_at(LOCAL u"\\e"), win32 = OpenEventA(EVENT_ALL_ACCESS, FALSE, "e");
    IS(STATUS_SUCCESS, NtCompareObjects(event, win32));
    IS(STATUS_SUCCESS, opens(LOCAL u"\\Local\\e", 0, NULL));
    IS(STATUS_SUCCESS, opens(LOCAL u"\\Session\\1\\e", 0, NULL));
    IS(STATUS_SUCCESS, opens(GLOBAL u"\\Session\\1\\e", 0, NULL));
    IS(STATUS_SUCCESS, opens(u"\\Sessions\\BNOLINKS\\1\\e", 0, NULL));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(GLOBAL u"\\e", 0, NULL));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(LOCAL u"\\Global\\e", 0, NULL));
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtClose(win32));
    event = CreateEventA(NULL, TRUE, FALSE, "Global\\g");
    CHECK(event != NULL);
    IS(STATUS_SUCCESS, opens(GLOBAL u"\\g", 0, NULL));
    IS(STATUS_SUCCESS, opens(GLOBAL u"\\Local\\Global\\g", 0, NULL));
    IS(STATUS_SUCCESS, opens(u"\\Sessions\\BNOLINKS\\0\\g", 0, NULL));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(LOCAL u"\\g", 0, NULL));
    IS(STATUS_SUCCESS, NtClose(event));
}

static void malformed_paths_are_refused(void) {
    HANDLE event = event_at(LOCAL u"\\e");
    IS(STATUS_OBJECT_PATH_SYNTAX_BAD, opens(u"e", 0, NULL));
    IS(STATUS_OBJECT_PATH_SYNTAX_BAD, creates(u"Local\\e", 0, NULL));
    IS(STATUS_OBJECT_PATH_SYNTAX_BAD, opens(u"", 0, NULL));
    IS(STATUS_OBJECT_NAME_INVALID, opens(LOCAL u"\\", 0, NULL));
    IS(STATUS_OBJECT_NAME_INVALID, creates(LOCAL u"\\\\e", 0, NULL));
    IS(STATUS_OBJECT_NAME_INVALID, creates(u"\\\\", 0, NULL));
    IS(STATUS_OBJECT_PATH_NOT_FOUND, creates(u"\\Device\\e", 0, NULL));
    IS(STATUS_OBJECT_PATH_NOT_FOUND, opens(u"\\Sessions\\2\\BaseNamedObjects\\e", 0, NULL));
    IS(STATUS_OBJECT_PATH_NOT_FOUND, creates(LOCAL u"\\sub\\e", 0, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, creates(LOCAL u"\\e\\e", 0, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(u"\\", 0, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, creates(GLOBAL, 0, NULL));
    IS(STATUS_ACCESS_DENIED, creates(u"\\e", 0, NULL));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(u"\\Sessions\\e", 0, NULL));
    IS(STATUS_SUCCESS, NtClose(event));
}

static void names_begin_at_a_directory(void) {
    HANDLE local = directory_at(LOCAL), sessions = directory_at(u"\\Sessions"), event = event_at(LOCAL u"\\e"), link = NULL;
    IS(STATUS_SUCCESS, opens(u"e", 0, local));
    IS(STATUS_SUCCESS, opens(u"Local\\e", 0, local));
    IS(STATUS_SUCCESS, opens(u"1\\BaseNamedObjects\\e", 0, sessions));
    IS(STATUS_OBJECT_NAME_COLLISION, creates(u"e", 0, local));
    IS(STATUS_OBJECT_NAME_EXISTS, creates(u"e", OBJ_OPENIF, local));
    IS(STATUS_OBJECT_PATH_SYNTAX_BAD, opens(u"\\e", 0, local));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(u"", 0, local));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(u"e", 0, event));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(u"", 0, event));
    IS(STATUS_INVALID_HANDLE, opens(u"e", 0, (HANDLE)0xdeadbeec));
    IS(STATUS_SUCCESS, creates(u"", 0, (HANDLE)0xdeadbeec));
    UNICODE_STRING name = text(LOCAL u"\\Local");
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    IS(STATUS_SUCCESS, NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(u"e", 0, link));
    given = attributes(NULL, 0, local);
    IS(STATUS_OBJECT_NAME_INVALID, NtOpenEvent(&link, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtClose(link));
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtClose(sessions));
    IS(STATUS_SUCCESS, NtClose(local));
    IS(STATUS_INVALID_HANDLE, opens(u"e", 0, local));
}

static void the_structure_is_checked(void) {
    UNICODE_STRING name = text(LOCAL u"\\e");
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE event = NULL;
    IS(STATUS_INVALID_PARAMETER, NtOpenEvent(&event, SYNCHRONIZE, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtOpenEvent(NULL, SYNCHRONIZE, NULL));
    for (given.Length = 0; given.Length <= 2 * sizeof given; given.Length++) {
        const NTSTATUS expected = given.Length == sizeof given ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_INVALID_PARAMETER;
        IS(expected, NtOpenEvent(&event, SYNCHRONIZE, &given));
    }
    IS(STATUS_INVALID_PARAMETER, creates(LOCAL u"\\e", 0x2000, NULL));
    IS(STATUS_INVALID_PARAMETER, creates(LOCAL u"\\e", OBJ_PROTECT_CLOSE, NULL));
    IS(STATUS_NOT_SUPPORTED, creates(LOCAL u"\\e", OBJ_EXCLUSIVE, NULL));
    given = attributes(&name, 0, NULL);
    name.Length--;
    IS(STATUS_OBJECT_NAME_INVALID, NtOpenEvent(&event, SYNCHRONIZE, &given));
    name.Length++;
    name.Buffer = NULL;
    IS(STATUS_ACCESS_VIOLATION, NtOpenEvent(&event, SYNCHRONIZE, &given));
    name.Buffer = (PWSTR)(void *)((char *)(void *)&given + 1);
    IS(STATUS_DATATYPE_MISALIGNMENT, NtOpenEvent(&event, SYNCHRONIZE, &given));
    IS(STATUS_DATATYPE_MISALIGNMENT, NtOpenEvent(&event, SYNCHRONIZE, (void *)((char *)&given + 2)));
    name.Length = 0;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    IS(STATUS_SUCCESS, NtClose(event));
}

/** Names are counted, and may contain everything but backslashes and NUL. */
static void texts_are_taken_as_they_are(void) {
    WCHAR units[] = GLOBAL u"\\a?:/ *x";
    units[19] = 0xD800;
    UNICODE_STRING name = {sizeof units - 2, sizeof units, units};
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE event = NULL, second = NULL;
    char record[256];
    ULONG stored;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    IS(STATUS_SUCCESS, NtOpenEvent(&second, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtCompareObjects(event, second));
    IS(STATUS_SUCCESS, NtQueryObject(second, ObjectNameInformation, record, sizeof record, &stored));
    UNICODE_STRING found;
    memcpy(&found, record, sizeof found);
    CHECK(found.Length == name.Length && memcmp(found.Buffer, units, found.Length) == 0);
    IS(STATUS_SUCCESS, NtClose(second));
    name.Length -= 2;
    IS(STATUS_OBJECT_NAME_NOT_FOUND, NtOpenEvent(&second, SYNCHRONIZE, &given));
    units[19] = 0;
    IS(STATUS_OBJECT_NAME_INVALID, NtOpenEvent(&second, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtClose(event));
}

static void names_may_be_long(void) {
    HANDLE local = directory_at(LOCAL), event = NULL, second = NULL;
    WCHAR *units = malloc(65534);
    for (int i = 0; i < 32767; i++) units[i] = 'a';
    UNICODE_STRING name = {65532, 65534, units};
    OBJECT_ATTRIBUTES given = attributes(&name, 0, local);
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    IS(STATUS_SUCCESS, NtOpenEvent(&second, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtCompareObjects(event, second));
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtClose(second));
    name.Length = 65534;
    IS(STATUS_OBJECT_NAME_INVALID, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    IS(STATUS_OBJECT_NAME_INVALID, NtOpenEvent(&event, SYNCHRONIZE, &given));
    IS(STATUS_SUCCESS, NtClose(local));
    free(units);
}

static void names_may_differ_by_case(void) {
    HANDLE upper = event_at(GLOBAL u"\\\u00c4rger"), lower, mutant = NULL;
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(GLOBAL u"\\\u00e4RGER", 0, NULL));
    IS(STATUS_OBJECT_PATH_NOT_FOUND, opens(u"\\BASENamedObjects\\\u00c4rger", 0, NULL));
    IS(STATUS_SUCCESS, opens(u"\\BASENamedObjects\\\u00e4RGER", OBJ_CASE_INSENSITIVE, NULL));
    IS(STATUS_OBJECT_NAME_COLLISION, creates(GLOBAL u"\\\u00e4RGER", OBJ_CASE_INSENSITIVE, NULL));
    IS(STATUS_OBJECT_NAME_EXISTS, creates(GLOBAL u"\\\u00e4RGER", OBJ_CASE_INSENSITIVE | OBJ_OPENIF, NULL));
    lower = event_at(GLOBAL u"\\\u00e4rger");
    IS(STATUS_NOT_SAME_OBJECT, NtCompareObjects(upper, lower));
    UNICODE_STRING name = text(u"\\basenamedobjects\\\u00c4RGER");
    OBJECT_ATTRIBUTES given = attributes(&name, OBJ_CASE_INSENSITIVE, NULL);
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtOpenMutant(&mutant, MUTANT_ALL_ACCESS, &given));
    IS(STATUS_SUCCESS, NtClose(upper));
    IS(STATUS_SUCCESS, NtClose(lower));
}

static void links_are_on_the_way(void) {
    HANDLE event = event_at(LOCAL u"\\e");
    IS(STATUS_SUCCESS, opens(LOCAL u"\\e", OBJ_DONT_REPARSE, NULL));
    IS(STATUS_REPARSE_POINT_ENCOUNTERED, opens(LOCAL u"\\Local\\e", OBJ_DONT_REPARSE, NULL));
    IS(STATUS_OBJECT_NAME_COLLISION, creates(LOCAL u"\\Local", OBJ_OPENLINK, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, creates(LOCAL u"\\Local", 0, NULL));
    IS(STATUS_SUCCESS, NtClose(event));
}

static void handles_are_inherited_if_asked_for(void) {
    UNICODE_STRING name = text(LOCAL u"\\e");
    OBJECT_ATTRIBUTES given = attributes(&name, OBJ_INHERIT, NULL);
    HANDLE event = NULL, second = NULL;
    DWORD flags = 0;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    CHECK(GetHandleInformation(event, &flags) && flags == HANDLE_FLAG_INHERIT);
    IS(STATUS_SUCCESS, NtOpenEvent(&second, SYNCHRONIZE, &given));
    CHECK(GetHandleInformation(second, &flags) && flags == HANDLE_FLAG_INHERIT);
    IS(STATUS_SUCCESS, NtClose(second));
    given.Attributes = 0;
    IS(STATUS_SUCCESS, NtOpenEvent(&second, SYNCHRONIZE, &given));
    CHECK(GetHandleInformation(second, &flags) && flags == 0);
    IS(STATUS_SUCCESS, NtClose(second));
    IS(STATUS_SUCCESS, NtClose(event));
}

/** The security is for a new object only, but malformed is malformed. */
static void descriptors_are_for_new_objects(void) {
    UNICODE_STRING name = text(LOCAL u"\\e");
    OBJECT_ATTRIBUTES given = attributes(&name, OBJ_OPENIF, NULL);
    SECURITY_DESCRIPTOR open_to_all, audited, unknown;
    ACL audits;
    HANDLE event = NULL, second = NULL;
    CHECK(InitializeSecurityDescriptor(&open_to_all, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorDacl(&open_to_all, TRUE, NULL, FALSE));
    audited = unknown = open_to_all;
    CHECK(InitializeAcl(&audits, sizeof audits, ACL_REVISION));
    audited.Control |= SE_SACL_PRESENT;
    audited.Sacl = &audits;
    unknown.Revision = 99;
    given.SecurityDescriptor = &unknown;
    IS(STATUS_UNKNOWN_REVISION, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    given.SecurityDescriptor = &audited;
    IS(STATUS_PRIVILEGE_NOT_HELD, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    given.SecurityDescriptor = &open_to_all;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    given.SecurityDescriptor = &audited;
    IS(STATUS_OBJECT_NAME_EXISTS, NtCreateEvent(&second, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    IS(STATUS_SUCCESS, NtCompareObjects(event, second));
    IS(STATUS_SUCCESS, NtClose(second));
    IS(STATUS_SUCCESS, NtClose(event));
}

/** Private namespaces are directories that names can begin at. */
static void names_begin_at_a_private_namespace(void) {
    UCHAR everyone[12] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    HANDLE boundary = CreateBoundaryDescriptorA("native", 0), event;
    CHECK(AddSIDToBoundaryDescriptor(&boundary, (PSID)everyone));
    HANDLE space = CreatePrivateNamespaceA(NULL, boundary, "alias");
    CHECK(space != NULL);
    IS(STATUS_SUCCESS, creates(u"p", 0, space));
    event = CreateEventA(NULL, TRUE, FALSE, "alias\\p");
    IS(STATUS_SUCCESS, opens(u"p", 0, space));
    IS(STATUS_OBJECT_NAME_COLLISION, creates(u"p", 0, space));
    IS(STATUS_SUCCESS, opens(u"P", OBJ_CASE_INSENSITIVE, space));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(u"P", 0, space));
    IS(STATUS_SUCCESS, NtClose(event));
    CHECK(ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    IS(STATUS_INVALID_HANDLE, opens(u"p", 0, space));
    DeleteBoundaryDescriptor(boundary);
}

int main(void) {
    paths_lead_where_prefixes_lead();
    malformed_paths_are_refused();
    names_begin_at_a_directory();
    the_structure_is_checked();
    texts_are_taken_as_they_are();
    names_may_be_long();
    names_may_differ_by_case();
    links_are_on_the_way();
    handles_are_inherited_if_asked_for();
    names_begin_at_a_private_namespace();
    descriptors_are_for_new_objects();
    return done();
}
