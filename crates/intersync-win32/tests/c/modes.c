/* Creates objects with security descriptors: one for each argument, "kind descriptor". Prints for each the last error of its
 * creation, and keeps them until its standard input ends. */
#include <intersync/windows.h>
#include <stdio.h>
#include <string.h>

static HANDLE create(const char *kind, SECURITY_ATTRIBUTES *attributes, const char *name) {
    if (strcmp(kind, "event") == 0) return CreateEventA(attributes, TRUE, FALSE, name);
    if (strcmp(kind, "mutex") == 0) return CreateMutexA(attributes, FALSE, name);
    if (strcmp(kind, "semaphore") == 0) return CreateSemaphoreA(attributes, 0, 1, name);
    return CreateWaitableTimerA(attributes, TRUE, name);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
        char kind[16], name[16];
        int end = 0;
        if (sscanf(argv[i], "%15s %n", kind, &end) < 1) return 2;
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorA(argv[i] + end, SDDL_REVISION_1,
                                                                  &attributes.lpSecurityDescriptor, NULL)) {
            printf("%s cannot be read: %u\n", argv[i] + end, GetLastError());
            return 3;
        }
        snprintf(name, sizeof name, "%d", i);
        if (create(kind, &attributes, name)) SetLastError(ERROR_SUCCESS);
        printf("%s %u\n", name, GetLastError());
        LocalFree(attributes.lpSecurityDescriptor);
    }
    puts("made");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
