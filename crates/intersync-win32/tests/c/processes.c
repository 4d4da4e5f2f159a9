/* Processes: creating them, what they inherit, ending them, their exit codes. Prints what is wrong, then "done" if nothing is.
 * With arguments it is one of the processes. */
#define _GNU_SOURCE
#include <dirent.h>
#include <intersync/windows.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

static char self[4096];

/** The call fails with this error. */
#define FAILS(call, error) (SetLastError(0), !(call) && GetLastError() == (error))

/** Starts this program with arguments. */
static PROCESS_INFORMATION start(const char *arguments, BOOL inherit, DWORD flags) {
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION made;
    char line[8192];
    startup.cb = sizeof startup;
    snprintf(line, sizeof line, "\"%s\" %s", self, arguments);
    SetLastError(77);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, NULL, &startup, &made));
    CHECK(GetLastError() == 77);
    return made;
}

static DWORD code_of(HANDLE process) {
    DWORD code = 0xDEAD;
    CHECK(GetExitCodeProcess(process, &code));
    return code;
}

/** Waits for a process and its thread, gives the exit code and closes the handles. */
static DWORD finish(PROCESS_INFORMATION made) {
    DWORD of_thread = 0xDEAD, code;
    CHECK(WaitForSingleObject(made.hProcess, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(made.hThread, INFINITE) == WAIT_OBJECT_0);
    code = code_of(made.hProcess);
    CHECK(GetExitCodeThread(made.hThread, &of_thread) && of_thread == code);
    CHECK(CloseHandle(made.hProcess) && CloseHandle(made.hThread));
    return code;
}

static int exists(DWORD pid) {
    return kill((pid_t)pid, 0) == 0;
}

/* What a process does. */

static int echo(int count, char **words) {
    /* Tells by its exit code whether its arguments are these. */
    static const char *const expected[] = {"a b", "c\\\\d", "e\\\"f", "", "g\"h", "\\\\"};
    if (count != 6) return 100 + count;
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], expected[i]) != 0) return 1 + i;
    return 0;
}

static int says(const char *variable, const char *value) {
    const char *found = getenv(variable);
    return found && strcmp(found, value) == 0 ? 0 : found ? 2 : 1;
}

static HANDLE number(const char *text) {
    return (HANDLE)strtoul(text, NULL, 10);
}

static int role(int argc, char **argv) {
    const char *what = argv[1];
    if (strcmp(what, "echo") == 0) return echo(argc - 2, argv + 2);
    if (strcmp(what, "code") == 0) ExitProcess((DWORD)strtoul(argv[2], NULL, 10));
    if (strcmp(what, "terminate") == 0) TerminateProcess(GetCurrentProcess(), (UINT)strtoul(argv[2], NULL, 10));
    if (strcmp(what, "return") == 0) return atoi(argv[2]);
    if (strcmp(what, "says") == 0) return says(argv[2], argv[3]);
    if (strcmp(what, "here") == 0) return access(argv[2], F_OK) == 0 ? 0 : 1;
    if (strcmp(what, "set") == 0) return SetEvent(number(argv[2])) ? 0 : (int)GetLastError();
    if (strcmp(what, "set-named") == 0) return SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[2])) ? 0 : (int)GetLastError();
    if (strcmp(what, "wait") == 0) return WaitForSingleObject(number(argv[2]), INFINITE) == WAIT_OBJECT_0 ? 0 : 1;
    if (strcmp(what, "own-and-wait") == 0) {
        WaitForSingleObject(number(argv[2]), INFINITE);
        SetEvent(number(argv[3]));
        for (;;) pause();
    }
    if (strcmp(what, "group") == 0) return getpgrp() == getpid() ? 1 : 0;
    return 99;
}

static void command_lines(void) {
    STARTUPINFOA startup = {0};
    STARTUPINFOW wide = {0};
    PROCESS_INFORMATION made;
    char line[8192], *long_line;
    WCHAR wide_line[4200];
    startup.cb = sizeof startup;
    wide.cb = sizeof wide;
    CHECK(finish(start("echo \"a b\" c\\\\d e\\\\\\\"f \"\" \"g\"\"h\" \"\\\\\\\\\"", FALSE, 0)) == 0);
    /* The program is given, and the line is only what it sees. */
    snprintf(line, sizeof line, "any return 5");
    CHECK(CreateProcessA(self, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    CHECK(finish(made) == 5 && strcmp(line, "any return 5") == 0);
    size_t length = 0;
    for (const char *c = self; *c; c++) wide_line[length++] = (WCHAR)*c;
    for (const char *c = " return 6"; *c; c++) wide_line[length++] = (WCHAR)*c;
    wide_line[length] = 0;
    CHECK(CreateProcessW(NULL, wide_line, NULL, NULL, FALSE, 0, NULL, NULL, &wide, &made));
    CHECK(finish(made) == 6);
    /* In the search path. */
    snprintf(line, sizeof line, "sh -c \"exit 7\"");
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    CHECK(finish(made) == 7);
    /* A blank in a name that is not quoted. */
    snprintf(line, sizeof line, "%s/a program", getenv("TMPDIR"));
    CHECK(symlink("/bin/true", line) == 0);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    CHECK(finish(made) == 0);
    long_line = calloc(1, 32769);
    memset(long_line, 'x', 32768);
    memcpy(long_line, "sh ", 3);
    CHECK(FAILS(CreateProcessA(NULL, long_line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made), ERROR_FILENAME_EXCED_RANGE));
    free(long_line);
}

static BOOL create(const char *program, const char *line, DWORD flags, const char *directory) {
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION made;
    char copy[4200];
    BOOL created;
    startup.cb = sizeof startup;
    memset(&made, 0xFF, sizeof made);
    if (line) snprintf(copy, sizeof copy, "%s", line);
    created = CreateProcessA(program, line ? copy : NULL, NULL, NULL, FALSE, flags, NULL, directory, &startup, &made);
    if (!created && (made.hProcess || made.hThread || made.dwProcessId || made.dwThreadId)) puts("something is left of a failure");
    return created;
}

static void wrong_arguments(void) {
    STARTUPINFOA startup = {0};
    STARTUPINFOEXA extended = {0};
    PROCESS_INFORMATION made;
    WCHAR half[] = {'s', 'h', ' ', 0xD83D, 0};
    STARTUPINFOW wide = {0};
    DWORD code;
    char plain[4096];
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(FAILS(create(NULL, NULL, 0, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(create("/nonexistent", NULL, 0, NULL), ERROR_FILE_NOT_FOUND));
    CHECK(FAILS(create("/nonexistent/program", NULL, 0, NULL), ERROR_PATH_NOT_FOUND));
    CHECK(FAILS(create(NULL, "no-such-program-anywhere x", 0, NULL), ERROR_FILE_NOT_FOUND));
    CHECK(FAILS(create(NULL, "", 0, NULL), ERROR_FILE_NOT_FOUND));
    CHECK(FAILS(create("/bin", NULL, 0, NULL), ERROR_ACCESS_DENIED));
    CHECK(FAILS(create("/bin/true", NULL, 0, "/nonexistent"), ERROR_DIRECTORY));
    CHECK(FAILS(create("/bin/true", NULL, 0, "/bin/true"), ERROR_DIRECTORY));
    CHECK(FAILS(create("/bin/true", NULL, 0x40000000, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(create("/bin/true", NULL, DETACHED_PROCESS | CREATE_NEW_CONSOLE, NULL), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(create("/bin/true", NULL, DEBUG_PROCESS, NULL), ERROR_NOT_SUPPORTED));
    snprintf(plain, sizeof plain, "%s/plain", getenv("TMPDIR"));
    FILE *file = fopen(plain, "w");
    CHECK(file && fputs("neither a program nor a script", file) >= 0 && fclose(file) == 0 && chmod(plain, 0644) == 0);
    CHECK(FAILS(create(plain, NULL, 0, NULL), ERROR_ACCESS_DENIED));
    CHECK(chmod(plain, 0755) == 0 && FAILS(create(plain, NULL, 0, NULL), ERROR_BAD_EXE_FORMAT));
    CHECK(FAILS(CreateProcessA("/bin/true", NULL, NULL, NULL, FALSE, 0, NULL, NULL, NULL, &made), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(CreateProcessA("/bin/true", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, NULL), ERROR_INVALID_PARAMETER));
    startup.cb = sizeof startup;
    CHECK(FAILS(CreateProcessA("/bin/true", NULL, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &startup, &made),
                ERROR_INVALID_PARAMETER));
    extended.StartupInfo.cb = sizeof extended;
    extended.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    CHECK(FAILS(CreateProcessA("/bin/true", NULL, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                               &extended.StartupInfo, &made),
                ERROR_NOT_SUPPORTED));
    wide.cb = sizeof wide;
    CHECK(FAILS(CreateProcessW(NULL, half, NULL, NULL, FALSE, 0, NULL, NULL, &wide, &made), ERROR_NO_UNICODE_TRANSLATION));
    CHECK(FAILS(GetExitCodeProcess(event, &code), ERROR_INVALID_HANDLE));
    CHECK(FAILS(GetExitCodeProcess(GetCurrentProcess(), NULL), ERROR_NOACCESS));
    CHECK(FAILS(TerminateProcess(event, 0), ERROR_INVALID_HANDLE));
    CHECK(FAILS(TerminateProcess(NULL, 0), ERROR_INVALID_HANDLE));
    CHECK(code_of(GetCurrentProcess()) == STILL_ACTIVE);
    CHECK(CloseHandle(event));
}

static void exit_codes(void) {
    static const DWORD codes[] = {0, 1, 255, 256, 259, 0x80000001u, 0xFFFFFFFFu};
    char arguments[64];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        snprintf(arguments, sizeof arguments, "code %u", codes[i]);
        CHECK(finish(start(arguments, FALSE, 0)) == codes[i]);
        snprintf(arguments, sizeof arguments, "terminate %u", codes[i]);
        CHECK(finish(start(arguments, FALSE, 0)) == codes[i]);
    }
    CHECK(finish(start("return 200", FALSE, 0)) == 200);
}

static void rights(void) {
    HANDLE event = CreateEventA(&(SECURITY_ATTRIBUTES){sizeof(SECURITY_ATTRIBUTES), NULL, TRUE}, TRUE, FALSE, NULL);
    char arguments[64];
    DWORD code;
    snprintf(arguments, sizeof arguments, "wait %u", (DWORD)(ULONG_PTR)event);
    PROCESS_INFORMATION made = start(arguments, TRUE, 0);
    CHECK(code_of(made.hProcess) == STILL_ACTIVE && GetProcessId(made.hProcess) == made.dwProcessId);
    CHECK(GetThreadId(made.hThread) == made.dwThreadId && GetProcessIdOfThread(made.hThread) == made.dwProcessId);
    HANDLE waiting = OpenProcess(SYNCHRONIZE, FALSE, made.dwProcessId);
    HANDLE asking = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, made.dwProcessId);
    HANDLE ending = OpenProcess(PROCESS_TERMINATE, FALSE, made.dwProcessId);
    CHECK(FAILS(OpenProcess(0, FALSE, made.dwProcessId), ERROR_ACCESS_DENIED));
    CHECK(CompareObjectHandles(made.hProcess, waiting) && !CompareObjectHandles(made.hProcess, made.hThread));
    CHECK(FAILS(GetExitCodeProcess(waiting, &code), ERROR_ACCESS_DENIED));
    CHECK(FAILS(GetProcessId(waiting), ERROR_ACCESS_DENIED));
    CHECK(FAILS(TerminateProcess(asking, 0), ERROR_ACCESS_DENIED));
    CHECK(WaitForSingleObject(asking, 0) == WAIT_FAILED && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(WaitForSingleObject(waiting, 0) == WAIT_TIMEOUT);
    CHECK(code_of(asking) == STILL_ACTIVE);
    CHECK(TerminateProcess(ending, 0xC000013Au));
    CHECK(WaitForSingleObject(waiting, INFINITE) == WAIT_OBJECT_0 && code_of(asking) == 0xC000013Au);
    CHECK(FAILS(TerminateProcess(ending, 1), ERROR_ACCESS_DENIED));
    CHECK(finish(made) == 0xC000013Au);
    CHECK(CloseHandle(waiting) && CloseHandle(asking) && CloseHandle(ending) && CloseHandle(event));
}

static void environments(void) {
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION made;
    static char narrow[] = "=C:=x\0SAYS=t\xC3\xA4glich=ja\0PATH=/bin\0";
    static WCHAR wide[] = u"SAYS=t\u00e4glich=ja\0";
    char line[4200];
    startup.cb = sizeof startup;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "told");
    CHECK(setenv("SAYS", "of the parent", 1) == 0);
    snprintf(line, sizeof line, "\"%s\" says SAYS \"of the parent\"", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made) && finish(made) == 0);
    snprintf(line, sizeof line, "\"%s\" says SAYS t\u00e4glich=ja", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, narrow, NULL, &startup, &made) && finish(made) == 0);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_UNICODE_ENVIRONMENT, wide, NULL, &startup, &made));
    CHECK(finish(made) == 0);
    /* Objects are found by their names whatever the environment. */
    snprintf(line, sizeof line, "\"%s\" set-named told", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, narrow, NULL, &startup, &made) && finish(made) == 0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0 && CloseHandle(event));
    snprintf(line, sizeof line, "\"%s\" here plain", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, getenv("TMPDIR"), &startup, &made) && finish(made) == 0);
    CHECK(finish(start("group", FALSE, CREATE_NEW_PROCESS_GROUP)) == 1);
    CHECK(finish(start("group", FALSE, 0)) == 0);
    CHECK(finish(start("group", FALSE, DETACHED_PROCESS)) == 1);
}

static void suspended(void) {
    HANDLE event = CreateEventA(&(SECURITY_ATTRIBUTES){sizeof(SECURITY_ATTRIBUTES), NULL, TRUE}, TRUE, FALSE, NULL);
    char arguments[64];
    snprintf(arguments, sizeof arguments, "set %u", (DWORD)(ULONG_PTR)event);
    PROCESS_INFORMATION made = start(arguments, TRUE, CREATE_SUSPENDED);
    /* What it inherits it has from the beginning. */
    CHECK(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0));
    CHECK(SuspendThread(made.hThread) == 1 && ResumeThread(made.hThread) == 2);
    CHECK(code_of(made.hProcess) == STILL_ACTIVE && WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK(ResumeThread(made.hThread) == 1);
    CHECK(finish(made) == 0 && WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(event));

    made = start("return 1", FALSE, CREATE_SUSPENDED);
    CHECK(TerminateProcess(made.hProcess, 300));
    CHECK(finish(made) == 300);
    made = start("return 1", FALSE, CREATE_SUSPENDED);
    CHECK(TerminateThread(made.hThread, 301));
    CHECK(finish(made) == 301);
    made = start("return 1", FALSE, CREATE_SUSPENDED);
    CHECK(kill((pid_t)made.dwProcessId, SIGKILL) == 0);
    CHECK(WaitForSingleObject(made.hProcess, INFINITE) == WAIT_OBJECT_0);
    CHECK(ResumeThread(made.hThread) == 0);
    CHECK(finish(made) == 128 + SIGKILL);
}

/** An attribute list with these handles. */
static LPPROC_THREAD_ATTRIBUTE_LIST list_of(HANDLE *handles, size_t count) {
    SIZE_T size = 0;
    CHECK(FAILS(InitializeProcThreadAttributeList(NULL, 1, 0, &size), ERROR_INSUFFICIENT_BUFFER) && size > 0);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    CHECK(InitializeProcThreadAttributeList(list, 1, 0, &size));
    CHECK(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, count * sizeof *handles, NULL, NULL));
    return list;
}

static void lists_of_handles(void) {
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE events[3], one[1], null = NULL;
    STARTUPINFOEXA startup = {0};
    PROCESS_INFORMATION made;
    const DWORD flags = EXTENDED_STARTUPINFO_PRESENT;
    char line[4200];
    SIZE_T size;
    for (int i = 0; i < 3; i++) events[i] = CreateEventA(&inheritable, TRUE, FALSE, NULL);
    startup.StartupInfo.cb = sizeof startup;
    startup.lpAttributeList = list_of(events, 2);
    for (int i = 0; i < 3; i++) {
        for (DWORD held = 0; held < 2; held++) {
            snprintf(line, sizeof line, "\"%s\" set %u", self, (DWORD)(ULONG_PTR)events[i]);
            CHECK(ResetEvent(events[i]));
            CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, flags | (held ? CREATE_SUSPENDED : 0), NULL, NULL,
                                 &startup.StartupInfo, &made));
            if (held) CHECK(ResumeThread(made.hThread) == 1);
            CHECK(finish(made) == (i < 2 ? 0 : ERROR_INVALID_HANDLE));
            CHECK(WaitForSingleObject(events[i], 0) == (i < 2 ? WAIT_OBJECT_0 : WAIT_TIMEOUT));
        }
    }
    snprintf(line, sizeof line, "sh -c true");
    CHECK(FAILS(CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, &startup.StartupInfo, &made), ERROR_INVALID_PARAMETER));
    CHECK(SetHandleInformation(events[1], HANDLE_FLAG_INHERIT, 0));
    CHECK(FAILS(CreateProcessA(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup.StartupInfo, &made), ERROR_INVALID_PARAMETER));
    CHECK(FAILS(UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, events, 8, NULL, NULL),
                ERROR_GEN_FAILURE));
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    one[0] = GetCurrentProcess();
    startup.lpAttributeList = list_of(one, 1);
    CHECK(FAILS(CreateProcessA(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup.StartupInfo, &made), ERROR_INVALID_PARAMETER));
    free(startup.lpAttributeList);

    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size = 4096);
    CHECK(FAILS(InitializeProcThreadAttributeList(list, 1, 1, &size), ERROR_INVALID_PARAMETER));
    CHECK(InitializeProcThreadAttributeList(list, 3, 0, &size) && size < 4096);
    CHECK(FAILS(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, events, 7, NULL, NULL), ERROR_BAD_LENGTH));
    CHECK(FAILS(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, &null, 8, NULL, NULL), ERROR_NOT_SUPPORTED));
    CHECK(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, events, 8, NULL, NULL));
    CHECK(FAILS(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, events, 8, NULL, NULL),
                ERROR_OBJECT_NAME_EXISTS));
    DeleteProcThreadAttributeList(list);
    free(list);
    for (int i = 0; i < 3; i++) CHECK(CloseHandle(events[i]));
}

static void inheritance(void) {
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE event = CreateEventA(&inheritable, TRUE, FALSE, NULL), mutex = CreateMutexA(&inheritable, FALSE, NULL);
    STARTUPINFOA startup = {0};
    PROCESS_INFORMATION made;
    char line[4200];
    DWORD of_process, of_thread;
    startup.cb = sizeof startup;
    snprintf(line, sizeof line, "set %u", (DWORD)(ULONG_PTR)event);
    CHECK(finish(start(line, FALSE, 0)) == ERROR_INVALID_HANDLE && WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK(finish(start(line, TRUE, 0)) == 0 && WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    /* The handles that the creator gets can be inherited themselves. */
    snprintf(line, sizeof line, "sh -c true");
    CHECK(CreateProcessA(NULL, line, &inheritable, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    CHECK(GetHandleInformation(made.hProcess, &of_process) && of_process == HANDLE_FLAG_INHERIT);
    CHECK(GetHandleInformation(made.hThread, &of_thread) && of_thread == 0);
    CHECK(finish(made) == 0);
    /* A process that is ended leaves its mutex abandoned. */
    CHECK(ResetEvent(event));
    snprintf(line, sizeof line, "own-and-wait %u %u", (DWORD)(ULONG_PTR)mutex, (DWORD)(ULONG_PTR)event);
    made = start(line, TRUE, 0);
    CHECK(WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    CHECK(TerminateProcess(made.hProcess, 3));
    CHECK(finish(made) == 3);
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_ABANDONED_0);
    CHECK(CloseHandle(event) && CloseHandle(mutex));
}

/** Whether a child of this process is a zombie. */
static int has_zombies(void) {
    char path[300], text[600];
    struct dirent *entry;
    int found = 0;
    DIR *processes = opendir("/proc");
    while ((entry = readdir(processes))) {
        char state = 0;
        int parent = 0;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fgets(text, sizeof text, file)) {
            const char *rest = strrchr(text, ')');
            if (rest && sscanf(rest, ") %c %d", &state, &parent) == 2 && state == 'Z' && parent == getpid()) found = 1;
        }
        fclose(file);
    }
    closedir(processes);
    return found;
}

static DWORD WINAPI creates_many(LPVOID seed) {
    unsigned random = (unsigned)(ULONG_PTR)seed;
    char arguments[64];
    for (int i = 0; i < 8; i++) {
        DWORD code = (DWORD)rand_r(&random);
        int how = rand_r(&random) % 4;
        if (how == 0) {
            snprintf(arguments, sizeof arguments, "code %u", code);
            CHECK(finish(start(arguments, FALSE, 0)) == code);
            continue;
        }
        PROCESS_INFORMATION made = start("wait 0", FALSE, how == 1 ? CREATE_SUSPENDED : 0);
        if (how == 3) {
            /* Without a look at it. */
            CHECK(CloseHandle(made.hProcess) && CloseHandle(made.hThread));
            continue;
        }
        BOOL ended = TerminateProcess(made.hProcess, code);
        DWORD found = finish(made);
        /* It may have ended by itself in the very moment. */
        CHECK(found == 1 || (ended && found == code));
    }
    return 0;
}

static void many_at_once(void) {
    enum { CREATORS = 6 };
    HANDLE creators[CREATORS];
    for (int i = 0; i < CREATORS; i++) creators[i] = CreateThread(NULL, 0, creates_many, (LPVOID)(ULONG_PTR)(i + 1), 0, NULL);
    CHECK(WaitForMultipleObjects(CREATORS, creators, TRUE, INFINITE) == WAIT_OBJECT_0);
    for (int i = 0; i < CREATORS; i++) CHECK(CloseHandle(creators[i]));
    /* All that have ended are reaped, also those whose handles are closed. */
    while (has_zombies()) usleep(1000);
}

int main(int argc, char **argv) {
    if (argc > 1) return role(argc, argv);
    CHECK(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    command_lines();
    wrong_arguments();
    exit_codes();
    rights();
    environments();
    suspended();
    lists_of_handles();
    inheritance();
    many_at_once();
    PROCESS_INFORMATION made = start("return 9", FALSE, 0);
    CHECK(WaitForSingleObject(made.hProcess, INFINITE) == WAIT_OBJECT_0);
    while (exists(made.dwProcessId)) usleep(1000);
    CHECK(finish(made) == 9);
    return done();
}
