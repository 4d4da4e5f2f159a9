/* Directories and symbolic links by the native functions. */
#include "native.h"

#define LOCAL u"\\Sessions\\1\\BaseNamedObjects"

static HANDLE open_directory(const WCHAR *path, ACCESS_MASK access) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE directory = NULL;
    IS(STATUS_SUCCESS, NtOpenDirectoryObject(&directory, access, &given));
    return directory;
}

static NTSTATUS opens(const WCHAR *path, ULONG flags) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, flags, NULL);
    HANDLE directory = NULL;
    const NTSTATUS status = NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, &given);
    if (status == STATUS_SUCCESS) NtClose(directory);
    return status;
}

static NTSTATUS creates(const WCHAR *path, ULONG flags) {
    UNICODE_STRING name = text(path);
    OBJECT_ATTRIBUTES given = attributes(&name, flags, NULL);
    HANDLE directory = NULL;
    const NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_QUERY, &given);
    if (NT_SUCCESS(status)) NtClose(directory);
    return status;
}

static void directories_are_opened(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "e");
    IS(STATUS_SUCCESS, opens(u"\\", 0));
    IS(STATUS_SUCCESS, opens(LOCAL, 0));
    IS(STATUS_SUCCESS, opens(LOCAL u"\\Global", 0));
    IS(STATUS_SUCCESS, opens(u"\\sessions\\1\\BASENAMEDOBJECTS", OBJ_CASE_INSENSITIVE));
    IS(STATUS_OBJECT_PATH_NOT_FOUND, opens(u"\\sessions\\1\\BASENAMEDOBJECTS", 0));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(u"\\basenamedobjects", 0));
    IS(STATUS_OBJECT_NAME_NOT_FOUND, opens(LOCAL u"\\none", 0));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(LOCAL u"\\e", 0));
    IS(STATUS_OBJECT_TYPE_MISMATCH, opens(LOCAL u"\\Global", OBJ_OPENLINK));
    IS(STATUS_OBJECT_PATH_SYNTAX_BAD, opens(u"BaseNamedObjects", 0));
    IS(STATUS_SUCCESS, NtClose(event));
}

/** There are those that object names need, and no others. */
static void directories_are_not_made(void) {
    IS(STATUS_OBJECT_NAME_COLLISION, creates(u"\\", 0));
    IS(STATUS_OBJECT_NAME_EXISTS, creates(u"\\", OBJ_OPENIF));
    IS(STATUS_OBJECT_NAME_EXISTS, creates(u"\\BaseNamedObjects", OBJ_OPENIF));
    IS(STATUS_NOT_SUPPORTED, creates(u"\\BaseNamedObjects\\sub", OBJ_OPENIF));
    IS(STATUS_NOT_SUPPORTED, creates(u"", 0));
}

static void handles_have_rights(void) {
    UNICODE_STRING name = text(LOCAL);
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL);
    HANDLE directory = NULL, second = NULL;
    OBJECT_DIRECTORY_INFORMATION entry[64];
    OBJECT_BASIC_INFORMATION information;
    ULONG context = 0;
    IS(STATUS_ACCESS_DENIED, NtOpenDirectoryObject(&directory, 0, &given));
    IS(STATUS_ACCESS_DENIED, NtOpenDirectoryObject(&directory, 0x100, &given));
    IS(STATUS_ACCESS_DENIED, NtOpenDirectoryObject(&directory, SYNCHRONIZE, &given));
    IS(STATUS_INVALID_PARAMETER, NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtOpenDirectoryObject(NULL, DIRECTORY_QUERY, &given));
    directory = open_directory(LOCAL, DIRECTORY_TRAVERSE);
    IS(STATUS_ACCESS_DENIED, NtQueryDirectoryObject(directory, entry, sizeof entry, TRUE, TRUE, &context, NULL));
    IS(STATUS_SUCCESS, NtDuplicateObject(NtCurrentProcess(), directory, NtCurrentProcess(), &second, GENERIC_READ, 0, 0));
    IS(STATUS_SUCCESS, NtQueryDirectoryObject(second, entry, sizeof entry, TRUE, TRUE, &context, NULL));
    IS(STATUS_SUCCESS, NtQueryObject(second, ObjectBasicInformation, &information, sizeof information, NULL));
    CHECK(information.GrantedAccess == (READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE));
    IS(STATUS_SUCCESS, NtCompareObjects(directory, second));
    IS(STATUS_NOT_SAME_OBJECT, NtCompareObjects(directory, NtCurrentProcess()));
    IS(STATUS_ACCESS_DENIED, NtWaitForSingleObject(directory, FALSE, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtSetEvent(directory, NULL));
    CHECK(CloseHandle(second) && !CloseHandle(second) && GetLastError() == ERROR_INVALID_HANDLE);
    IS(STATUS_SUCCESS, NtClose(directory));
    IS(STATUS_INVALID_HANDLE, NtClose(directory));
    IS(STATUS_INVALID_HANDLE, NtQueryDirectoryObject(directory, entry, sizeof entry, TRUE, TRUE, &context, NULL));
}

/** The entry, or NULL. */
static const OBJECT_DIRECTORY_INFORMATION *find(const OBJECT_DIRECTORY_INFORMATION *entries, const WCHAR *name) {
    for (; entries->Name.Buffer; entries++)
        if (says(&entries->Name, name)) return entries;
    return NULL;
}

static void entries_are_listed(void) {
    union {
        OBJECT_DIRECTORY_INFORMATION entries[1];
        char bytes[1024];
    } found;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "listed"), mutex = CreateMutexA(NULL, FALSE, "zuletzt \u00e4");
    HANDLE directory = open_directory(LOCAL, DIRECTORY_QUERY);
    ULONG context = 99, stored = 0, needed = 0, count = 0;
    IS(STATUS_ACCESS_VIOLATION, NtQueryDirectoryObject(directory, &found, sizeof found, FALSE, TRUE, NULL, &stored));
    IS(STATUS_ACCESS_VIOLATION, NtQueryDirectoryObject(directory, NULL, sizeof found, FALSE, TRUE, &context, &stored));
    IS(STATUS_SUCCESS, NtQueryDirectoryObject(directory, &found, sizeof found, FALSE, TRUE, &context, &stored));
    CHECK(context == 5 && stored <= sizeof found);
    const OBJECT_DIRECTORY_INFORMATION *entry = find(found.entries, u"listed");
    CHECK(entry && says(&entry->TypeName, u"Event"));
    entry = find(found.entries, u"zuletzt \u00e4");
    CHECK(entry && says(&entry->TypeName, u"Mutant"));
    entry = find(found.entries, u"Global");
    CHECK(entry && says(&entry->TypeName, u"SymbolicLink"));
    CHECK(find(found.entries, u"Local") && find(found.entries, u"Session") && !find(found.entries, u"none"));
    IS(STATUS_NO_MORE_ENTRIES, NtQueryDirectoryObject(directory, &found, sizeof found, FALSE, FALSE, &context, &stored));

    IS(STATUS_BUFFER_TOO_SMALL, NtQueryDirectoryObject(directory, &found, 8, TRUE, TRUE, &context, &needed));
    IS(STATUS_SUCCESS, NtQueryDirectoryObject(directory, &found, needed, TRUE, TRUE, &context, &stored));
    CHECK(context == 1 && stored == needed && found.entries[0].Name.Buffer);
    IS(STATUS_MORE_ENTRIES, NtQueryDirectoryObject(directory, &found, 2 * needed, FALSE, TRUE, &context, &stored));
    CHECK(context >= 1 && context < 5);
    for (context = 0; NtQueryDirectoryObject(directory, &found, sizeof found, TRUE, FALSE, &context, &stored) == STATUS_SUCCESS;) count++;
    CHECK(count == 5 && context == 5);
    IS(STATUS_SUCCESS, NtClose(directory));
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtClose(mutex));
}

static void links_are_read(void) {
    UNICODE_STRING name = text(LOCAL u"\\Global"), target = text(u"\\BaseNamedObjects");
    OBJECT_ATTRIBUTES given = attributes(&name, 0, NULL), open_if = attributes(&name, OBJ_OPENIF, NULL);
    HANDLE link = NULL, directory = open_directory(LOCAL, DIRECTORY_QUERY);
    WCHAR units[32];
    UNICODE_STRING found = {0, sizeof units, units};
    ULONG stored = 0;
    IS(STATUS_SUCCESS, NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given));
    IS(STATUS_SUCCESS, NtQuerySymbolicLinkObject(link, &found, &stored));
    CHECK(says(&found, u"\\BaseNamedObjects") && stored == found.Length + 2u);
    found.MaximumLength = found.Length;
    IS(STATUS_BUFFER_TOO_SMALL, NtQuerySymbolicLinkObject(link, &found, &stored));
    IS(STATUS_SUCCESS, NtQuerySymbolicLinkObject(link, &found, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtQuerySymbolicLinkObject(link, NULL, NULL));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtQuerySymbolicLinkObject(directory, &found, NULL));
    IS(STATUS_SUCCESS, NtClose(link));
    IS(STATUS_INVALID_HANDLE, NtQuerySymbolicLinkObject(link, &found, NULL));
    IS(STATUS_OBJECT_NAME_COLLISION, NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given, &target));
    IS(STATUS_OBJECT_NAME_EXISTS, NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &open_if, &target));
    IS(STATUS_SUCCESS, NtClose(link));
    IS(STATUS_ACCESS_VIOLATION, NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given, NULL));
    target.Length--;
    IS(STATUS_INVALID_PARAMETER, NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given, &target));
    name = text(LOCAL);
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given));
    name = text(LOCAL u"\\none");
    IS(STATUS_OBJECT_NAME_NOT_FOUND, NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &given));
    IS(STATUS_SUCCESS, NtClose(directory));
}

int main(void) {
    directories_are_opened();
    directories_are_not_made();
    handles_have_rights();
    entries_are_listed();
    links_are_read();
    return done();
}
