/* FormatMessage. Prints what is wrong, then "done" if nothing is. With arguments, prints the text of each code. */
#include <intersync/windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

#define STRING FORMAT_MESSAGE_FROM_STRING
#define SYSTEM FORMAT_MESSAGE_FROM_SYSTEM
#define ARRAY FORMAT_MESSAGE_ARGUMENT_ARRAY
#define ALLOCATE FORMAT_MESSAGE_ALLOCATE_BUFFER
#define IGNORE FORMAT_MESSAGE_IGNORE_INSERTS

#define FAILS(call, error) check(__LINE__, #call " fails with " #error, (call) == 0 && GetLastError() == (error))

/** What has come of the last call. */
static char narrow[512];
static WCHAR wide[512];

static int is(DWORD length, const char *expected) {
    if (length == strlen(expected) && strcmp(narrow, expected) == 0) return 1;
    printf("%u: '%s' instead of '%s'\n", length, narrow, expected);
    return 0;
}

static int is_wide(DWORD length, const WCHAR *expected) {
    DWORD count = 0;
    while (expected[count] != 0) count++;
    return length == count && memcmp(wide, expected, (count + 1) * sizeof *wide) == 0;
}

static DWORD with_list(DWORD flags, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    DWORD length = FormatMessageA(STRING | flags, text, 0, 0, narrow, sizeof narrow, &arguments);
    va_end(arguments);
    return length;
}

static DWORD with_list_wide(const WCHAR *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    DWORD length = FormatMessageW(STRING, text, 0, 0, wide, sizeof wide / sizeof *wide, &arguments);
    va_end(arguments);
    return length;
}

/** A text without arguments. */
static DWORD plain(DWORD flags, const char *text) {
    return FormatMessageA(STRING | flags, text, 0, 0, narrow, sizeof narrow, NULL);
}

static void inserts(void) {
    CHECK(is(with_list(0, "%1 and %2", "one", "two"), "one and two"));
    CHECK(is(with_list(0, "%2 before %1, %2", "one", "two"), "two before one, two"));
    /* More than there are registers for, from the last one on. */
    CHECK(is(with_list(0, "%10!d! %9!d! %1!d! %8!d! %7!d!", 1, 2, 3, 4, 5, 6, 7, 8, 9, -10), "-10 9 1 8 7"));
    CHECK(is(with_list(0, "%1!S! %2!ws! %3!hs! %4!c!%5!lc!", u"a\u00e4", u"b", "c", 'd', u'\u00e9'), "a\u00e4 b c d\u00e9"));
    CHECK(is(with_list(0, "%1!u! %1!d! %1!hu! %2!I64d! %2!lld! %3!lx!", -1, -(1ll << 40), 0xABCDEF), //
             "4294967295 -1 65535 -1099511627776 -1099511627776 abcdef"));
    CHECK(is(with_list(0, "[%1!6d!|%1!-6d!|%1!06d!|%1!+d!|%1!.3d!|%1!#x!]", 42), "[    42|42    |000042|+42|042|0x2a]"));
    CHECK(is(with_list(0, "[%1!5s!|%1!-5s!|%1!.2s!]", "abc"), "[  abc|abc  |ab]"));
    CHECK(is(with_list(0, "[%1!*s! %3!*.*d! %6]", 5, "abc", 6, 3, 42, "end"), "[  abc    042 end]"));
    CHECK(is(with_list(0, "%1!p! %2", (void *)0x1234, (char *)NULL), "0000000000001234 (null)"));
    CHECK(is_wide(with_list_wide(u"%1 %2!S! %3!i!", u"\u00fc\U0001F600", "n\u00e4", 3), u"\u00fc\U0001F600 n\u00e4 3"));

    DWORD_PTR values[] = {(DWORD_PTR) "x", 7, (DWORD_PTR)u"y"};
    CHECK(is(FormatMessageA(STRING | ARRAY, "%2!d!%1%3!ls!", 0, 0, narrow, sizeof narrow, (va_list *)values), "7xy"));
    values[0] = (DWORD_PTR)u"x";
    CHECK(is_wide(FormatMessageW(STRING | ARRAY, u"%1%2!d!", 0, 0, wide, 512, (va_list *)values), u"x7"));

    FAILS(plain(0, "%1"), ERROR_INVALID_PARAMETER);
    FAILS(with_list(0, "%1!d", 1), ERROR_INVALID_PARAMETER);
    FAILS(with_list(0, "%1!f!", 1.0), ERROR_INVALID_PARAMETER);
    FAILS(with_list(0, "%1!!", 1), ERROR_INVALID_PARAMETER);
    FAILS(with_list(0, "%1", "\xFF"), ERROR_INVALID_PARAMETER);
}

static void escapes(void) {
    CHECK(is(plain(0, "100%% a%nb%rc%td% .%.%!%z"), "100% a\r\nb\rc\td ..!z"));
    CHECK(is(plain(0, "until%0 here"), "until"));
    CHECK(is(plain(IGNORE, "%1 %2!d! %%%n%0!"), "%1 %2!d! %\r\n"));
    FAILS(plain(0, "%"), ERROR_INVALID_PARAMETER);
    FAILS(plain(0, "\xC3("), ERROR_INVALID_PARAMETER);
    CHECK(plain(0, "") == 0 && narrow[0] == 0);
}

static void lines(void) {
    CHECK(is(plain(0, "a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd"));
    CHECK(is(plain(FORMAT_MESSAGE_MAX_WIDTH_MASK, "a\nb\r\nc%nd"), "a b c\r\nd"));
    CHECK(is(plain(10, "one two three four\nfive"), "one two\r\nthree four\r\nfive"));
    CHECK(is(plain(4, "longer than that"), "longer\r\nthan\r\nthat"));
}

static void sources(void) {
    const DWORD small = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), neutral = MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT);
    SetLastError(77);
    DWORD length = FormatMessageA(SYSTEM | IGNORE, NULL, ERROR_ACCESS_DENIED, 0, narrow, sizeof narrow, NULL);
    CHECK(GetLastError() == 77 && length > 2 && length == strlen(narrow) && strcmp(narrow + length - 2, "\r\n") == 0);
    CHECK(FormatMessageW(SYSTEM, NULL, ERROR_ACCESS_DENIED, small, wide, 512, NULL) == length);
    for (DWORD i = 0; i <= length; i++) CHECK(wide[i] == (WCHAR)narrow[i]);
    CHECK(FormatMessageA(SYSTEM | FORMAT_MESSAGE_FROM_HMODULE, NULL, ERROR_ACCESS_DENIED, neutral, narrow, 512, NULL) == length);
    CHECK(FormatMessageA(SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, 5, 0, narrow, 512, NULL) == length - 1);
    CHECK(narrow[length - 2] == ' ' && strchr(narrow, '\n') == NULL);
    FAILS(FormatMessageA(SYSTEM, NULL, 0x7FFFFFFF, 0, narrow, 512, NULL), ERROR_MR_MID_NOT_FOUND);
    FAILS(FormatMessageA(SYSTEM, NULL, 5, MAKELANGID(7, 1), narrow, 512, NULL), ERROR_RESOURCE_LANG_NOT_FOUND);
    FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE, NULL, 5, 0, narrow, 512, NULL), ERROR_RESOURCE_TYPE_NOT_FOUND);
    FAILS(FormatMessageA(0, NULL, 5, 0, narrow, 512, NULL), ERROR_INVALID_PARAMETER);
    FAILS(FormatMessageA(STRING, NULL, 5, 0, narrow, 512, NULL), ERROR_INVALID_PARAMETER);
    FAILS(FormatMessageA(STRING | SYSTEM, "text", 5, 0, narrow, 512, NULL), ERROR_INVALID_PARAMETER);
    FAILS(FormatMessageW(SYSTEM, NULL, 5, 0, NULL, 512, NULL), ERROR_INVALID_PARAMETER);
}

static void buffers(void) {
    char *made = (char *)1;
    WCHAR *made_wide = NULL;
    memset(narrow, 'x', sizeof narrow);
    FAILS(FormatMessageA(STRING, "text", 0, 0, narrow, 4, NULL), ERROR_INSUFFICIENT_BUFFER);
    CHECK(narrow[4] == 'x');
    FAILS(FormatMessageW(STRING, u"text", 0, 0, wide, 0, NULL), ERROR_INSUFFICIENT_BUFFER);
    CHECK(FormatMessageA(STRING, "text", 0, 0, narrow, 5, NULL) == 4 && narrow[4] == 0 && narrow[5] == 'x');

    CHECK(FormatMessageA(STRING | ALLOCATE, "text", 0, 0, (LPSTR)&made, 0, NULL) == 4 && strcmp(made, "text") == 0);
    CHECK(LocalFree(made) == NULL);
    CHECK(FormatMessageW(STRING | ALLOCATE, u"text", 0, 0, (LPWSTR)&made_wide, 1000, NULL) == 4 && made_wide[999] == 0);
    CHECK(LocalFree(made_wide) == NULL);
    made = (char *)1;
    FAILS(FormatMessageA(SYSTEM | ALLOCATE, NULL, 0x7FFFFFFF, 0, (LPSTR)&made, 0, NULL), ERROR_MR_MID_NOT_FOUND);
    CHECK(made == NULL);

    char *large = malloc(0x10001);
    memset(large, 'x', 0x10000);
    large[0x10000] = 0;
    FAILS(FormatMessageA(STRING | ALLOCATE, large, 0, 0, (LPSTR)&made, 0, NULL), ERROR_MORE_DATA);
    large[0xFFFF] = 0;
    CHECK(FormatMessageA(STRING | ALLOCATE, large, 0, 0, (LPSTR)&made, 0, NULL) == 0xFFFF && made[0xFFFF] == 0);
    LocalFree(made);
    free(large);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        DWORD code = (DWORD)strtoul(argv[i], NULL, 0);
        SetLastError(ERROR_SUCCESS);
        DWORD length = FormatMessageA(SYSTEM | IGNORE | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, code, 0, narrow, 512, NULL);
        printf("%s %u %s\n", argv[i], GetLastError(), length == 0 ? "" : narrow);
    }
    if (argc > 1) return 0;
    inserts();
    escapes();
    lines();
    sources();
    buffers();
    return done();
}
