/* What the tests of the native functions share. Each program prints what is wrong, then "done" if nothing is. */
#ifndef NATIVE_H
#define NATIVE_H

#define _GNU_SOURCE
#include <intersync/windows.h>
#include <stdio.h>
#include <string.h>
#include "check.h"

/** Compares the status of a call. The native functions leave the last error alone, whatever comes of them. */
static inline void compare(int line, const char *what, NTSTATUS expected, NTSTATUS status) {
    if (status != expected) {
        printf("line %d: %s: 0x%08X instead of 0x%08X\n", line, what, (unsigned)status, (unsigned)expected);
        wrong++;
    }
    if (GetLastError() != 12345) {
        printf("line %d: %s: the last error became %u\n", line, what, GetLastError());
        wrong++;
    }
}
#define IS(expected, call) (SetLastError(12345), compare(__LINE__, #call, expected, call))

static inline UNICODE_STRING text(const WCHAR *units) {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, units);
    return string;
}

static inline OBJECT_ATTRIBUTES attributes(UNICODE_STRING *name, ULONG flags, HANDLE root) {
    OBJECT_ATTRIBUTES made;
    InitializeObjectAttributes(&made, name, flags, root, NULL);
    return made;
}

/** Whether a text is this one. */
static inline int says(const UNICODE_STRING *string, const WCHAR *units) {
    const UNICODE_STRING expected = text(units);
    return string->Length == expected.Length && memcmp(string->Buffer, units, expected.Length) == 0;
}

/** So many milliseconds, from now on. */
static inline LARGE_INTEGER after(LONGLONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10000 * milliseconds;
    return time;
}

#endif
