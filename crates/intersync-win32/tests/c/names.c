/* What a program writes, once for each pair of names: it must compile without a warning, as C and as C++, with and without
 * UNICODE. It is not run. */
#include <intersync/windows.h>

const WCHAR wide[] = u"wide";
const TCHAR generic[] = TEXT("generic");

INTERSYNC_STATIC_ASSERT(sizeof(HANDLE) == 8, "a handle is as large as a pointer");
INTERSYNC_STATIC_ASSERT(sizeof(SIZE_T) == 8, "a size has 64 bits");
INTERSYNC_STATIC_ASSERT(sizeof(BOOLEAN) == 1, "a BOOLEAN is a byte");
INTERSYNC_STATIC_ASSERT(sizeof(generic) == sizeof(TCHAR) * 8, "a literal in TEXT consists of TCHAR");
INTERSYNC_STATIC_ASSERT((WAIT_FAILED == INFINITE) && (WAIT_TIMEOUT == 258), "results of waits");
INTERSYNC_STATIC_ASSERT(EVENT_ALL_ACCESS == (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 3), "all rights of an event");
INTERSYNC_STATIC_ASSERT(MUTEX_ALL_ACCESS == (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | MUTEX_MODIFY_STATE),
                        "all rights of a mutex");
INTERSYNC_STATIC_ASSERT(GENERIC_READ > GENERIC_WRITE, "GENERIC_READ is not negative");

static BOOL made(HANDLE handle) {
    return handle != NULL && handle != INVALID_HANDLE_VALUE && GetLastError() != ERROR_ALREADY_EXISTS;
}

BOOL create_all(SECURITY_ATTRIBUTES *attributes);
BOOL create_all(SECURITY_ATTRIBUTES *attributes) {
    return made(CreateEvent(attributes, TRUE, FALSE, generic)) && made(CreateEventA(NULL, TRUE, FALSE, "narrow")) &&
           made(CreateEventW(NULL, TRUE, FALSE, wide)) &&
           made(CreateEventEx(NULL, generic, CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS)) &&
           made(CreateMutex(NULL, TRUE, TEXT("m"))) && made(CreateMutexEx(NULL, NULL, CREATE_MUTEX_INITIAL_OWNER, 0)) &&
           made(CreateSemaphore(NULL, 0, 1, generic)) && made(CreateSemaphoreEx(NULL, 0, 1, NULL, 0, SYNCHRONIZE)) &&
           made(CreateWaitableTimer(NULL, TRUE, generic)) &&
           made(CreateWaitableTimerEx(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, MAXIMUM_ALLOWED));
}

BOOL open_all(void);
BOOL open_all(void) {
    return made(OpenEvent(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, generic)) &&
           made(OpenMutex(GENERIC_READ | GENERIC_EXECUTE, TRUE, generic)) &&
           made(OpenSemaphore(GENERIC_ALL, FALSE, generic)) && made(OpenWaitableTimer(DELETE, FALSE, generic));
}

BOOL in_a_private_namespace(void);
BOOL in_a_private_namespace(void) {
    SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {SECURITY_WORLD_RID}};
    HANDLE boundary = CreateBoundaryDescriptor(generic, 0);
    HANDLE space = NULL;
    if (AddSIDToBoundaryDescriptor(&boundary, &everyone)) {
        space = CreatePrivateNamespace(NULL, boundary, generic);
        if (space == NULL && GetLastError() == ERROR_ALREADY_EXISTS) space = OpenPrivateNamespace(boundary, generic);
    }
    DeleteBoundaryDescriptor(boundary);
    return space != NULL && ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY);
}

DWORD set_and_wait(HANDLE timer, HANDLE event);
DWORD set_and_wait(HANDLE timer, HANDLE event) {
    HANDLE both[2];
    DWORD flags = 0;
    LARGE_INTEGER due;
    due.QuadPart = -10000;
    due.LowPart = due.u.LowPart;
    both[0] = timer;
    both[1] = event;
    if (!SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE) || !GetHandleInformation(timer, &flags) ||
        (flags & HANDLE_FLAG_INHERIT) != 0)
        return WAIT_FAILED;
    switch (WaitForMultipleObjects(2, both, FALSE, INFINITE)) {
    case WAIT_OBJECT_0:
    case WAIT_ABANDONED_0 + 1:
    case WAIT_TIMEOUT:
        return ERROR_SUCCESS;
    default:
        return GetLastError();
    }
}
