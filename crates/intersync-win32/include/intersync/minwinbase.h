/**
 * @file
 * What a new object is like for other users and for children, and what a thread runs.
 */
#ifndef INTERSYNC_MINWINBASE_H
#define INTERSYNC_MINWINBASE_H

#include <intersync/winnt.h>

/** Security and inheritance of what a Create makes. NULL in its place: default security, not inheritable. */
typedef struct _SECURITY_ATTRIBUTES {
    /** `sizeof(SECURITY_ATTRIBUTES)`; not checked. */
    DWORD nLength;
    /** NULL: the creating user alone may open the object. Used for new objects only; docs/win32.md tells what it means. */
    LPVOID lpSecurityDescriptor;
    /** Whether the new handle is inheritable, also if the object existed. */
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

INTERSYNC_STATIC_ASSERT(sizeof(SECURITY_ATTRIBUTES) == 24 && offsetof(SECURITY_ATTRIBUTES, lpSecurityDescriptor) == 8 &&
                            offsetof(SECURITY_ATTRIBUTES, bInheritHandle) == 16,
                        "SECURITY_ATTRIBUTES is laid out as on Windows");

/** In place of an exit code: the process or thread has not ended. Nobody can tell it from the exit code 259. */
#define STILL_ACTIVE 259u

/** Why a machine is woken, for SetWaitableTimerEx; not looked at. */
typedef struct _REASON_CONTEXT {
    ULONG Version;
    DWORD Flags;
    union {
        struct {
            HMODULE LocalizedReasonModule;
            ULONG LocalizedReasonId;
            ULONG ReasonStringCount;
            LPWSTR *ReasonStrings;
        } Detailed;
        LPWSTR SimpleReasonString;
    } Reason;
} REASON_CONTEXT, *PREASON_CONTEXT;

/** What a thread or a work item runs. What it returns is the exit code of the thread. */
typedef DWORD(WINAPI *PTHREAD_START_ROUTINE)(LPVOID lpThreadParameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;

#endif
