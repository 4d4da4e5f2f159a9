/* What security descriptors mean between users: to be run as root, with Global provisioned for GROUP. Prints what is wrong, then
 * "done" if nothing is. */
#define _GNU_SOURCE
#include <grp.h>
#include <intersync/windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

enum { GROUP = 65100, ANN = 65001, BOB = 65002 };

#define FAILS(call, error) check(__LINE__, #call " fails with " #error, !(call) && GetLastError() == (error))

/** Starts another process, of this user. */
static pid_t start(uid_t uid, void (*part)(int), int until) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    if (setgroups(0, NULL) != 0 || setresgid(GROUP, GROUP, GROUP) != 0 || setresuid(uid, uid, uid) != 0) _exit(99);
    part(until);
    fflush(stdout);
    _exit(wrong != 0);
}

/** Waits for a process that was started. */
static void join(pid_t pid) {
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/** The attributes of a text, which stay. */
static SECURITY_ATTRIBUTES *by(const char *text) {
    SECURITY_ATTRIBUTES *attributes = calloc(1, sizeof *attributes);
    attributes->nLength = sizeof *attributes;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &attributes->lpSecurityDescriptor, NULL));
    return attributes;
}

/** A boundary that everybody in the group is within. */
static HANDLE boundary(void) {
    HANDLE made = CreateBoundaryDescriptorA("users", 0);
    PSID group = NULL;
    CHECK(ConvertStringSidToSidA("S-1-22-2-65100", &group) && AddSIDToBoundaryDescriptor(&made, group));
    FAILS(AddIntegrityLabelToBoundaryDescriptor(&made, group), ERROR_NOT_SUPPORTED);
    LocalFree(group);
    return made;
}

/** Who creates. Reads a byte before it ends, so that what it made is there as long. */
static void ann(int until) {
    /* As programs fill it without texts: everything for the owner, waiting for the group. */
    SECURITY_DESCRIPTOR filled;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &filled, FALSE};
    SID_IDENTIFIER_AUTHORITY authority = {INTERSYNC_UNIX_SID_AUTHORITY};
    PSID owner = NULL, group = NULL;
    DWORD list[32];
    char byte;
    CHECK(AllocateAndInitializeSid(&authority, 2, INTERSYNC_UNIX_USER_RID, ANN, 0, 0, 0, 0, 0, 0, &owner));
    CHECK(AllocateAndInitializeSid(&authority, 2, INTERSYNC_UNIX_GROUP_RID, GROUP, 0, 0, 0, 0, 0, 0, &group));
    CHECK(InitializeAcl((PACL)list, sizeof list, ACL_REVISION));
    CHECK(AddAccessAllowedAce((PACL)list, ACL_REVISION, EVENT_ALL_ACCESS, owner));
    CHECK(AddAccessAllowedAce((PACL)list, ACL_REVISION, SYNCHRONIZE, group));
    CHECK(InitializeSecurityDescriptor(&filled, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorDacl(&filled, TRUE, (PACL)list, FALSE));
    CHECK(CreateEventA(&attributes, TRUE, TRUE, "Global\\filled"));

    CHECK(CreateEventA(NULL, TRUE, FALSE, "Global\\mine"));
    CHECK(CreateMutexA(by("D:(A;;GA;;;WD)"), FALSE, "Global\\all"));
    CHECK(CreateEventW(by("D:(A;;GA;;;CO)(D;;GA;;;CG)(A;;GA;;;WD)"), TRUE, FALSE, u"Global\\not the group"));
    CHECK(CreateSemaphoreA(by("D:"), 1, 1, "Global\\nobody"));
    FAILS(OpenSemaphoreA(SYNCHRONIZE, FALSE, "Global\\nobody"), ERROR_ACCESS_DENIED);
    FAILS(CreateEventA(by("O:S-1-22-1-65002"), TRUE, FALSE, "Global\\given away"), ERROR_INVALID_OWNER);
    FAILS(OpenEventA(SYNCHRONIZE, FALSE, "Global\\given away"), ERROR_FILE_NOT_FOUND);

    HANDLE around = boundary();
    CHECK(CreatePrivateNamespaceA(by("D:(A;;GA;;;CO)(A;;GA;;;CG)"), around, "shared"));
    CHECK(CreateEventA(by("D:(A;;GA;;;WD)"), TRUE, FALSE, "shared\\event"));
    CHECK(CreatePrivateNamespaceA(NULL, around, "own"));
    FAILS(CreatePrivateNamespaceA(by("D:(A;;GA;;;CO)(A;;GR;;;CG)"), around, "halves"), ERROR_NOT_SUPPORTED);
    fflush(stdout);
    CHECK(write(until, "!", 1) == 1 && read(until, &byte, 1) == 1);
}

/** A member of the group. */
static void bob(int until) {
    (void)until;
    HANDLE filled = OpenEventA(SYNCHRONIZE, FALSE, "Global\\filled");
    CHECK(WaitForSingleObject(filled, 0) == WAIT_OBJECT_0);
    FAILS(SetEvent(filled), ERROR_ACCESS_DENIED);
    FAILS(OpenEventA(EVENT_MODIFY_STATE, FALSE, "Global\\filled"), ERROR_ACCESS_DENIED);
    FAILS(OpenEventA(SYNCHRONIZE, FALSE, "Global\\mine"), ERROR_ACCESS_DENIED);
    CHECK(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "Global\\all"));
    FAILS(OpenEventA(SYNCHRONIZE, FALSE, "Global\\not the group"), ERROR_ACCESS_DENIED);
    FAILS(OpenSemaphoreA(SYNCHRONIZE, FALSE, "Global\\nobody"), ERROR_ACCESS_DENIED);
    /* The security is for a new object: what is there already is opened as it is, also where no mode says what is asked for. */
    CHECK(CreateMutexA(by("D:(A;;GA;;;IU)"), FALSE, "Global\\all") && GetLastError() == ERROR_ALREADY_EXISTS);
    FAILS(CreateEventA(by("D:(A;;GA;;;WD)"), TRUE, FALSE, "Global\\mine"), ERROR_ACCESS_DENIED);
    FAILS(CreateEventA(by("D:(A;;GA;;;IU)"), TRUE, FALSE, "Global\\mine"), ERROR_ACCESS_DENIED);

    HANDLE around = boundary();
    CHECK(OpenPrivateNamespaceA(around, "shared") && OpenEventA(EVENT_ALL_ACCESS, FALSE, "shared\\event"));
    CHECK(!OpenPrivateNamespaceA(around, "own"));
}

int main(void) {
    int ends[2];
    char byte;
    /* Both directions, as a pipe has one only. */
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
    pid_t creator = start(ANN, ann, ends[1]);
    close(ends[1]);
    CHECK(read(ends[0], &byte, 1) == 1);
    join(start(BOB, bob, -1));
    CHECK(write(ends[0], "!", 1) == 1);
    join(creator);
    return done();
}
