/* Texts and codes of the native functions. */
#include "native.h"
#include <stdlib.h>

static void texts(void) {
    UNICODE_STRING wide;
    ANSI_STRING narrow;
    RtlInitUnicodeString(&wide, u"abc");
    CHECK(wide.Length == 6 && wide.MaximumLength == 8 && wide.Buffer[2] == 'c');
    RtlInitUnicodeString(&wide, NULL);
    CHECK(wide.Length == 0 && wide.MaximumLength == 0 && wide.Buffer == NULL);
    RtlInitAnsiString(&narrow, "abc");
    CHECK(narrow.Length == 3 && narrow.MaximumLength == 4 && narrow.Buffer[2] == 'c');
    RtlInitAnsiString(&narrow, NULL);
    CHECK(narrow.Length == 0 && narrow.MaximumLength == 0 && narrow.Buffer == NULL);
}

static void long_texts_are_cut_off_or_refused(void) {
    WCHAR *units = calloc(40000, sizeof(WCHAR));
    UNICODE_STRING wide = {1, 2, NULL};
    for (int i = 0; i < 32766; i++) units[i] = 'a';
    IS(STATUS_SUCCESS, RtlInitUnicodeStringEx(&wide, units));
    CHECK(wide.Length == 65532 && wide.MaximumLength == 65534 && wide.Buffer == units);
    units[32766] = 'a';
    RtlInitUnicodeString(&wide, units);
    CHECK(wide.Length == 65532 && wide.MaximumLength == 65534);
    wide.Length = 1;
    IS(STATUS_NAME_TOO_LONG, RtlInitUnicodeStringEx(&wide, units));
    CHECK(wide.Length == 1);
    free(units);
}

static void statuses_have_win32_codes(void) {
    static const struct {
        NTSTATUS status;
        ULONG error;
    } pairs[] = {
        {STATUS_SUCCESS, ERROR_SUCCESS},
        {STATUS_PENDING, ERROR_IO_PENDING},
        {STATUS_TIMEOUT, 1460},
        {STATUS_UNSUCCESSFUL, ERROR_GEN_FAILURE},
        {STATUS_INVALID_INFO_CLASS, ERROR_INVALID_PARAMETER},
        {STATUS_INFO_LENGTH_MISMATCH, 24},
        {STATUS_ACCESS_VIOLATION, ERROR_NOACCESS},
        {STATUS_DATATYPE_MISALIGNMENT, ERROR_NOACCESS},
        {STATUS_INVALID_HANDLE, ERROR_INVALID_HANDLE},
        {STATUS_INVALID_PARAMETER, ERROR_INVALID_PARAMETER},
        {STATUS_ACCESS_DENIED, ERROR_ACCESS_DENIED},
        {STATUS_OBJECT_TYPE_MISMATCH, ERROR_INVALID_HANDLE},
        {STATUS_INVALID_PARAMETER_MIX, ERROR_INVALID_PARAMETER},
        {STATUS_OBJECT_NAME_INVALID, ERROR_INVALID_NAME},
        {STATUS_OBJECT_NAME_NOT_FOUND, ERROR_FILE_NOT_FOUND},
        {STATUS_OBJECT_NAME_COLLISION, ERROR_ALREADY_EXISTS},
        {STATUS_OBJECT_PATH_NOT_FOUND, ERROR_PATH_NOT_FOUND},
        {STATUS_OBJECT_PATH_SYNTAX_BAD, ERROR_BAD_PATHNAME},
        {STATUS_MUTANT_NOT_OWNED, ERROR_NOT_OWNER},
        {STATUS_SEMAPHORE_LIMIT_EXCEEDED, ERROR_TOO_MANY_POSTS},
        {STATUS_PRIVILEGE_NOT_HELD, ERROR_PRIVILEGE_NOT_HELD},
        {STATUS_INSUFFICIENT_RESOURCES, ERROR_NO_SYSTEM_RESOURCES},
        {STATUS_INVALID_PARAMETER_1, ERROR_INVALID_PARAMETER},
        {STATUS_INVALID_PARAMETER_6, ERROR_INVALID_PARAMETER},
        {STATUS_PROCESS_IS_TERMINATING, ERROR_ACCESS_DENIED},
        {STATUS_MUTANT_LIMIT_EXCEEDED, 587},
        {STATUS_HANDLE_NOT_CLOSABLE, ERROR_INVALID_HANDLE},
        {STATUS_NOT_SAME_OBJECT, ERROR_NOT_SAME_OBJECT},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const ULONG error = RtlNtStatusToDosError(pairs[i].status);
        if (error != pairs[i].error) printf("0x%08X: %u\n", (unsigned)pairs[i].status, error), wrong++;
    }
    CHECK(RtlNtStatusToDosError((NTSTATUS)0xC0001234) == 317);
    CHECK(RtlNtStatusToDosError((NTSTATUS)0xC0070005) == ERROR_ACCESS_DENIED);
    CHECK(RtlNtStatusToDosError(STATUS_INTERSYNC(ERROR_INTERSYNC_CORRUPT)) == ERROR_INTERSYNC_CORRUPT);
    CHECK(RtlNtStatusToDosError((NTSTATUS)0x20001234) == 0x20001234);
}

int main(void) {
    texts();
    long_texts_are_cut_off_or_refused();
    statuses_have_win32_codes();
    return done();
}
