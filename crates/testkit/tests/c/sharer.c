/* A process that shares handles, in C: it does what the lines of its standard input say, as the sharer in Rust does, and answers
 * each in one line. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <intersync/spawn.h>
#include <intersync/windows.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 16
#define CHILDREN 4096
#define LINE 512

/** A process that this one has started, with the pipes to it. */
struct child {
    pid_t pid;
    FILE *to;
    FILE *from;
};

static struct child children[CHILDREN];
static unsigned child_count;
static pid_t strangers[CHILDREN];
static unsigned stranger_count;
static char *this_program;

/** The word for the last error: that of the library's own error. */
static const char *failure(void) {
    static char number[32];
    switch (GetLastError()) {
    case ERROR_FILE_NOT_FOUND: return "NotFound";
    case ERROR_ACCESS_DENIED: return "AccessDenied";
    case ERROR_INVALID_HANDLE: return "InvalidHandle";
    case ERROR_INVALID_PARAMETER: return "InvalidArgument";
    case ERROR_NOT_OWNER: return "NotOwner";
    case ERROR_TOO_MANY_POSTS: return "OverMaximum";
    default: snprintf(number, sizeof number, "error %u", GetLastError()); return number;
    }
}

static HANDLE handle_of(const char *word) { return (HANDLE)(size_t)strtoul(word, NULL, 10); }

static const char *done(BOOL succeeded) { return succeeded ? "done" : failure(); }

static const char *made(HANDLE handle) {
    static char number[32];
    if (handle == NULL) return failure();
    snprintf(number, sizeof number, "%zu", (size_t)handle);
    return number;
}

static const char *number(unsigned value) {
    static char text[32];
    snprintf(text, sizeof text, "%u", value);
    return text;
}

static const char *outcome(DWORD result) {
    if (result == WAIT_TIMEOUT) return "timed out";
    if (result == WAIT_FAILED) return failure();
    return result < WAIT_ABANDONED_0 ? "signaled" : "abandoned";
}

static int has(char **words, unsigned count, const char *flag) {
    unsigned i;
    for (i = 1; i < count; i++)
        if (strcmp(words[i], flag) == 0) return 1;
    return 0;
}

static const char *create(char **words, unsigned count) {
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    SECURITY_ATTRIBUTES *attributes = has(words, count, "inherit") ? &inherit : NULL;
    const char *name = strcmp(words[1], "-") == 0 ? NULL : words[1];
    if (strcmp(words[0], "event") == 0) return made(CreateEventA(attributes, TRUE, FALSE, name));
    if (strcmp(words[0], "mutex") == 0) return made(CreateMutexA(&inherit, FALSE, name));
    return made(CreateSemaphoreA(&inherit, atoi(words[2]), atoi(words[2]), name));
}

/** Switches a flag of a handle: `inherit HANDLE on`. */
static const char *flag(char **words) {
    DWORD bit = strcmp(words[0], "inherit") == 0 ? HANDLE_FLAG_INHERIT : HANDLE_FLAG_PROTECT_FROM_CLOSE;
    return done(SetHandleInformation(handle_of(words[1]), bit, strcmp(words[2], "on") == 0 ? bit : 0));
}

static const char *release(HANDLE handle) {
    if (ReleaseMutex(handle)) return "done";
    if (GetLastError() != ERROR_INVALID_HANDLE) return failure();
    return done(ReleaseSemaphore(handle, 1, NULL));
}

static const char *same(HANDLE one, HANDLE other) {
    if (CompareObjectHandles(one, other)) return "true";
    return GetLastError() == ERROR_NOT_SAME_OBJECT ? "false" : failure();
}

static const char *duplicate(HANDLE from, HANDLE handle, HANDLE to, char **words, unsigned count) {
    HANDLE duplicate = NULL;
    DWORD options = has(words, count, "same") ? DUPLICATE_SAME_ACCESS : 0;
    if (has(words, count, "close")) options |= DUPLICATE_CLOSE_SOURCE;
    if (!DuplicateHandle(from, handle, to, &duplicate, SYNCHRONIZE, has(words, count, "inherit"), options)) return failure();
    return made(duplicate);
}

/** A handle to a process, which 0 says is this one. */
static HANDLE party(const char *pid) {
    if (strcmp(pid, "0") == 0) return GetCurrentProcess();
    return OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)strtoul(pid, NULL, 10));
}

/** `pass FROM HANDLE TO MASK`: a handle of one process, for another. */
static const char *pass(char **words, unsigned count) {
    HANDLE from = party(words[1]), to = party(words[3]);
    const char *answer = from && to ? duplicate(from, handle_of(words[2]), to, words, count) : "NoSuchProcess";
    if (from && from != GetCurrentProcess()) CloseHandle(from);
    if (to && to != GetCurrentProcess()) CloseHandle(to);
    return answer;
}

static const char *on_handles(char **words, unsigned count) {
    if (count == 2) {
        HANDLE handle = handle_of(words[1]);
        if (strcmp(words[0], "close") == 0) return done(CloseHandle(handle));
        if (strcmp(words[0], "set") == 0) return done(SetEvent(handle));
        if (strcmp(words[0], "reset") == 0) return done(ResetEvent(handle));
        if (strcmp(words[0], "poll") == 0) return outcome(WaitForSingleObject(handle, 0));
        if (strcmp(words[0], "release") == 0) return release(handle);
        if (strcmp(words[0], "open") == 0) return made(OpenEventA(SYNCHRONIZE, FALSE, words[1]));
    }
    if (count == 3) {
        HANDLE both[] = {handle_of(words[1]), handle_of(words[2])};
        if (strcmp(words[0], "same") == 0) return same(both[0], both[1]);
        if (strcmp(words[0], "poll-any") == 0) return outcome(WaitForMultipleObjects(2, both, FALSE, 0));
        if (strcmp(words[0], "poll-all") == 0) return outcome(WaitForMultipleObjects(2, both, TRUE, 0));
        if (strcmp(words[0], "inherit") == 0 || strcmp(words[0], "protect") == 0) return flag(words);
    }
    if (strcmp(words[0], "duplicate") == 0 && count > 2)
        return duplicate(GetCurrentProcess(), handle_of(words[1]), GetCurrentProcess(), words, count);
    if (strcmp(words[0], "pass") == 0 && count > 4) return pass(words, count);
    return NULL;
}

static void serve(FILE *orders, FILE *answers);

/** Puts a descriptor where another is, and gives a copy of what was there. */
static int put(int descriptor, int where) {
    int before = fcntl(where, F_DUPFD_CLOEXEC, 3);
    if (before < 0 || dup2(descriptor, where) != where) _exit(1);
    return before;
}

/** Starts this program, or another one, with pipes as its standard input and output, and the handles it is to inherit. */
static pid_t spawn(char **program, int in, int out, int inherit, const HANDLE *list, unsigned count) {
    pid_t pid = -1;
    int input = put(in, 0), output = put(out, 1);
    int error = intersync_spawn(&pid, program[0], program, inherit, list, count);
    close(put(input, 0));
    close(put(output, 1));
    close(input);
    close(output);
    return error == 0 ? pid : -1;
}

/** A forked child: it has the handles of its parent, and none of its children. */
static void be_forked(int in, int out) {
    unsigned i;
    for (i = 0; i < child_count; i++) {
        if (children[i].to) close(fileno(children[i].to));
        if (children[i].from) close(fileno(children[i].from));
    }
    child_count = stranger_count = 0;
    serve(fdopen(in, "r"), fdopen(out, "w"));
    _exit(0);
}

static const char *start(char **words, unsigned count) {
    HANDLE list[WORDS];
    int orders[2], answers[2], plain = has(words, count, "plain");
    char *program[] = {this_program, NULL};
    struct child child = {-1, NULL, NULL};
    unsigned i;
    if (child_count == CHILDREN || pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) return "error: pipes";
    if (strcmp(words[0], "fork") == 0) {
        child.pid = fork();
        if (child.pid == 0) {
            close(orders[1]);
            close(answers[0]);
            be_forked(orders[0], answers[1]);
        }
    } else {
        for (i = 1; i < count && !plain; i++) list[i - 1] = handle_of(words[i]);
        child.pid = spawn(program, orders[0], answers[1], !plain, count > 1 && !plain ? list : NULL, plain ? 0 : count - 1);
    }
    close(orders[0]);
    close(answers[1]);
    if (child.pid < 0) {
        close(orders[1]);
        close(answers[0]);
        return "no child";
    }
    child.to = fdopen(orders[1], "w");
    child.from = fdopen(answers[0], "r");
    children[child_count++] = child;
    return number(child_count - 1);
}

/** A child that never uses the library, with everything that can be inherited. It ends with this process at the latest. */
static const char *start_stranger(void) {
    char path[] = "/bin/cat";
    char *program[] = {path, NULL};
    int orders[2], answers[2];
    if (stranger_count == CHILDREN || pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) return "error: pipes";
    strangers[stranger_count] = spawn(program, orders[0], answers[1], 1, NULL, 0);
    close(orders[0]);
    close(answers[1]);
    close(answers[0]);
    if (strangers[stranger_count] < 0) {
        close(orders[1]);
        return "no child";
    }
    stranger_count++;
    return "done";
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void end_child(struct child *child) {
    if (child->pid <= 0) return;
    end(child->pid);
    fclose(child->to);
    fclose(child->from);
    *child = (struct child){0, NULL, NULL};
}

static const char *reap_strangers(void) {
    while (stranger_count > 0) end(strangers[--stranger_count]);
    return "done";
}

/** Has a child do the rest of the line. */
static const char *tell(struct child *child, char **words, unsigned count) {
    static char answer[LINE];
    unsigned i;
    if (child->pid <= 0) return "no such child";
    for (i = 2; i < count; i++) fprintf(child->to, "%s%c", words[i], i + 1 < count ? ' ' : '\n');
    if (fflush(child->to) != 0 || !fgets(answer, sizeof answer, child->from)) return "no such child";
    answer[strcspn(answer, "\n")] = 0;
    return answer;
}

static const char *on_children(char **words, unsigned count) {
    unsigned child = count > 1 ? (unsigned)atoi(words[1]) : CHILDREN;
    if (strcmp(words[0], "child") == 0 || strcmp(words[0], "fork") == 0) return start(words, count);
    if (strcmp(words[0], "stranger") == 0) return start_stranger();
    if (strcmp(words[0], "reap-stranger") == 0) return reap_strangers();
    if (child >= child_count) return strcmp(words[0], "tell") == 0 || strcmp(words[0], "end") == 0 ? "no such child" : NULL;
    if (strcmp(words[0], "tell") == 0 && count > 2) return tell(&children[child], words, count);
    if (strcmp(words[0], "end") != 0) return NULL;
    end_child(&children[child]);
    return "done";
}

static const char *perform(char *line) {
    char *words[WORDS], *word;
    unsigned count = 0;
    const char *answer;
    for (word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n")) words[count++] = word;
    if (count == 0) return "nothing";
    if ((count > 1 && (strcmp(words[0], "event") == 0 || strcmp(words[0], "mutex") == 0)) ||
        (count > 2 && strcmp(words[0], "semaphore") == 0))
        return create(words, count);
    answer = on_handles(words, count);
    if (answer == NULL) answer = on_children(words, count);
    return answer ? answer : "what is this?";
}

static void serve(FILE *orders, FILE *answers) {
    char line[LINE];
    while (fgets(line, sizeof line, orders)) {
        fprintf(answers, "%s\n", perform(line));
        if (fflush(answers) != 0) return;
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    this_program = realpath("/proc/self/exe", NULL);
    serve(stdin, stdout);
    return 0;
}
