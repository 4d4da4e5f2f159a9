/* Names that only UTF-16 can hold: with half a surrogate pair. Prints what is wrong, then "made", and keeps its objects until its
 * standard input ends. */
#include <intersync/windows.h>
#include <stdio.h>
#include "check.h"

static const WCHAR high[] = {'h', 0xD83D, 0};
static const WCHAR low[] = {'h', 0xDE00, 0};
static const WCHAR both[] = {'h', 0xD83D, 0xDE00, 0};
static const WCHAR prefixed[] = {'L', 'o', 'c', 'a', 'l', '\\', 'h', 0xD83D, 0};
static const WCHAR alias[] = {0xDC00, 0};
static const WCHAR inside[] = {0xDC00, '\\', 0xDBFF, 0};

static HANDLE made(const WCHAR *name, BOOL signaled) {
    HANDLE event = CreateEventW(NULL, TRUE, signaled, name);
    CHECK(event != NULL && GetLastError() == ERROR_SUCCESS);
    return event;
}

static void each_is_one_object(void) {
    HANDLE first = made(high, TRUE), second = made(low, FALSE), third = made(both, FALSE);
    HANDLE again = OpenEventW(SYNCHRONIZE, FALSE, prefixed);
    CHECK(CompareObjectHandles(first, again) && CloseHandle(again));
    CHECK(!CompareObjectHandles(first, second));
    again = OpenEventA(SYNCHRONIZE, FALSE, "h\U0001F600");
    CHECK(CompareObjectHandles(third, again) && CloseHandle(again));
    CHECK(OpenSemaphoreW(SYNCHRONIZE, FALSE, high) == NULL && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(third) && OpenEventW(SYNCHRONIZE, FALSE, both) == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
}

/** What the command prints for `high` is no name here. */
static void texts_are_taken_to_the_letter(void) {
    CHECK(OpenEventW(SYNCHRONIZE, FALSE, u"h\\\\u{d83d}") == NULL && GetLastError() == ERROR_PATH_NOT_FOUND);
    CHECK(OpenEventA(SYNCHRONIZE, FALSE, "h\\\\u{d83d}") == NULL && GetLastError() == ERROR_PATH_NOT_FOUND);
    CHECK(OpenEventA(SYNCHRONIZE, FALSE, "\\\\u{d83d}") == NULL && GetLastError() == ERROR_BAD_PATHNAME);
    CHECK(OpenEventA(SYNCHRONIZE, FALSE, "h\xED\xA0\xBD") == NULL && GetLastError() == ERROR_INVALID_NAME);
}

static void in_a_private_namespace(void) {
    SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {SECURITY_WORLD_RID}};
    HANDLE boundary = CreateBoundaryDescriptorW(low, 0), other = CreateBoundaryDescriptorW(high, 0), space, event;
    CHECK(AddSIDToBoundaryDescriptor(&boundary, &everyone) && AddSIDToBoundaryDescriptor(&other, &everyone));
    space = CreatePrivateNamespaceW(NULL, boundary, alias);
    CHECK(space != NULL);
    CHECK(OpenPrivateNamespaceW(other, alias) == NULL && GetLastError() == ERROR_PATH_NOT_FOUND);
    event = made(inside, FALSE);
    CHECK(CloseHandle(event) && ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    DeleteBoundaryDescriptor(boundary);
    DeleteBoundaryDescriptor(other);
}

int main(void) {
    each_is_one_object();
    texts_are_taken_to_the_letter();
    in_a_private_namespace();
    if (!wrong) puts("made");
    fflush(stdout);
    while (getchar() != EOF) continue;
    return wrong != 0;
}
