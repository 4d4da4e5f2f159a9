/* Handles by the native functions: duplicating, comparing, and what is known of them and their objects. */
#include "native.h"
#include <stdint.h>

#define LOCAL u"\\Sessions\\1\\BaseNamedObjects"

static OBJECT_BASIC_INFORMATION basic(HANDLE handle) {
    OBJECT_BASIC_INFORMATION information;
    ULONG stored = 0;
    IS(STATUS_SUCCESS, NtQueryObject(handle, ObjectBasicInformation, &information, sizeof information, &stored));
    CHECK(stored == sizeof information);
    return information;
}

static HANDLE named_event(ULONG flags) {
    UNICODE_STRING name = text(LOCAL u"\\h");
    OBJECT_ATTRIBUTES given = attributes(&name, flags, NULL);
    HANDLE event = NULL;
    IS(STATUS_SUCCESS, NtCreateEvent(&event, EVENT_ALL_ACCESS, &given, NotificationEvent, FALSE));
    return event;
}

/** Whether the name can be opened. */
static int is_there(void) {
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, "h");
    return event != NULL && CloseHandle(event);
}

static void duplicates(void) {
    const HANDLE me = NtCurrentProcess();
    HANDLE event = named_event(0), made = NULL, third = NULL;
    IS(STATUS_SUCCESS, NtDuplicateObject(me, event, me, &made, SYNCHRONIZE, OBJ_INHERIT | OBJ_PROTECT_CLOSE, 0));
    CHECK(basic(made).GrantedAccess == SYNCHRONIZE && basic(made).Attributes == (OBJ_INHERIT | OBJ_PROTECT_CLOSE));
    IS(STATUS_HANDLE_NOT_CLOSABLE, NtClose(made));
    IS(STATUS_SUCCESS, NtDuplicateObject(me, made, me, &third, 0, 0, DUPLICATE_SAME_ACCESS));
    CHECK(basic(third).GrantedAccess == SYNCHRONIZE && basic(third).Attributes == 0);
    IS(STATUS_SUCCESS, NtClose(third));
    IS(STATUS_SUCCESS, NtDuplicateObject(me, made, me, &third, GENERIC_READ, 0, DUPLICATE_SAME_ATTRIBUTES));
    CHECK(basic(third).GrantedAccess == (READ_CONTROL | EVENT_QUERY_STATE));
    CHECK(basic(third).Attributes == (OBJ_INHERIT | OBJ_PROTECT_CLOSE));
    CHECK(SetHandleInformation(third, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    CHECK(SetHandleInformation(made, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    IS(STATUS_SUCCESS, NtDuplicateObject(me, third, NULL, NULL, 0, 0, DUPLICATE_CLOSE_SOURCE));
    IS(STATUS_INVALID_HANDLE, NtClose(third));
    IS(STATUS_ACCESS_DENIED, NtDuplicateObject(me, made, me, &third, 0x100, 0, DUPLICATE_CLOSE_SOURCE));
    CHECK(third == NULL);
    IS(STATUS_INVALID_HANDLE, NtClose(made));
    third = (HANDLE)7;
    IS(STATUS_INVALID_PARAMETER, NtDuplicateObject(me, event, NULL, &third, 0, 0, 0));
    CHECK(third == NULL);
    IS(STATUS_INVALID_HANDLE, NtDuplicateObject(me, NULL, me, &third, 0, 0, DUPLICATE_SAME_ACCESS));
    IS(STATUS_INVALID_HANDLE, NtDuplicateObject(NULL, event, me, &third, 0, 0, DUPLICATE_SAME_ACCESS));
    IS(STATUS_OBJECT_TYPE_MISMATCH, NtDuplicateObject(event, event, me, &third, 0, 0, DUPLICATE_SAME_ACCESS));
    IS(STATUS_SUCCESS, NtClose(event));
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(basic(event).HandleCount == 1);
    IS(STATUS_SUCCESS, NtDuplicateObject(me, event, me, NULL, 0, 0, DUPLICATE_SAME_ACCESS));
    CHECK(basic(event).HandleCount == 2);
    IS(STATUS_SUCCESS, NtClose(event));
}

static void comparisons(void) {
    HANDLE one = named_event(0), two = OpenEventA(SYNCHRONIZE, FALSE, "h"), other = CreateEventA(NULL, TRUE, FALSE, NULL), me = NULL;
    IS(STATUS_SUCCESS, NtCompareObjects(one, two));
    IS(STATUS_NOT_SAME_OBJECT, NtCompareObjects(one, other));
    IS(STATUS_INVALID_HANDLE, NtCompareObjects(one, NULL));
    IS(STATUS_INVALID_HANDLE, NtCompareObjects(NULL, one));
    IS(STATUS_SUCCESS, NtDuplicateObject(NtCurrentProcess(), NtCurrentProcess(), NtCurrentProcess(), &me, 0, 0, DUPLICATE_SAME_ACCESS));
    IS(STATUS_SUCCESS, NtCompareObjects(me, NtCurrentProcess()));
    IS(STATUS_NOT_SAME_OBJECT, NtCompareObjects(NtCurrentThread(), NtCurrentProcess()));
    IS(STATUS_SUCCESS, NtClose(me));
    IS(STATUS_SUCCESS, NtClose(other));
    IS(STATUS_SUCCESS, NtClose(two));
    IS(STATUS_SUCCESS, NtClose(one));
}

static void names_are_told(void) {
    static const WCHAR path[] = LOCAL u"\\h";
    const ULONG all = sizeof(UNICODE_STRING) + sizeof path;
    union {
        OBJECT_NAME_INFORMATION name;
        char bytes[256];
    } found;
    HANDLE event = named_event(0);
    ULONG stored = 0;
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(event, ObjectNameInformation, NULL, 0, &stored));
    CHECK(stored == all);
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(event, ObjectNameInformation, (void *)UINTPTR_MAX, 0, NULL));
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(event, ObjectNameInformation, &found, all - 2, NULL));
    IS(STATUS_SUCCESS, NtQueryObject(event, ObjectNameInformation, &found, all, &stored));
    CHECK(stored == all && says(&found.name.Name, path) && found.name.Name.MaximumLength == sizeof path);
    CHECK(basic(event).NameInformationLength == all);
    IS(STATUS_SUCCESS, NtClose(event));
    event = CreateEventA(NULL, TRUE, FALSE, "Global\\h");
    IS(STATUS_SUCCESS, NtQueryObject(event, ObjectNameInformation, &found, sizeof found, &stored));
    CHECK(says(&found.name.Name, u"\\BaseNamedObjects\\h"));
    IS(STATUS_SUCCESS, NtClose(event));
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    IS(STATUS_SUCCESS, NtQueryObject(event, ObjectNameInformation, &found, sizeof found, &stored));
    CHECK(stored == sizeof(UNICODE_STRING) && found.name.Name.Length == 0 && found.name.Name.Buffer == NULL);
    CHECK(basic(event).NameInformationLength == 0);
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtQueryObject(NtCurrentThread(), ObjectNameInformation, &found, sizeof found, &stored));
    CHECK(stored == sizeof(UNICODE_STRING));
}

static void type(int line, HANDLE handle, const WCHAR *name, ACCESS_MASK all) {
    union {
        OBJECT_TYPE_INFORMATION type;
        char bytes[256];
    } found;
    ULONG stored = 0;
    SetLastError(12345);
    compare(line, "the type", STATUS_SUCCESS, NtQueryObject(handle, ObjectTypeInformation, &found, sizeof found, &stored));
    check(line, "the name", says(&found.type.TypeName, name) && stored > sizeof found.type + found.type.TypeName.Length);
    check(line, "all rights", found.type.GenericMapping.GenericAll == all && found.type.ValidAccessMask == all);
    check(line, "the counts", found.type.TotalNumberOfObjects <= found.type.HighWaterNumberOfObjects);
    compare(line, "too short", STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(handle, ObjectTypeInformation, &found, stored - 1, NULL));
}

static void types_are_told(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL), timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    type(__LINE__, event, u"Event", EVENT_ALL_ACCESS);
    type(__LINE__, mutex, u"Mutant", MUTANT_ALL_ACCESS);
    type(__LINE__, semaphore, u"Semaphore", SEMAPHORE_ALL_ACCESS);
    type(__LINE__, timer, u"Timer", TIMER_ALL_ACCESS);
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_SUCCESS, NtClose(mutex));
    IS(STATUS_SUCCESS, NtClose(semaphore));
    IS(STATUS_SUCCESS, NtClose(timer));
}

static void queries_are_checked(void) {
    OBJECT_BASIC_INFORMATION information;
    OBJECT_HANDLE_FLAG_INFORMATION flags = {7, 7};
    HANDLE event = named_event(OBJ_INHERIT);
    IS(STATUS_INVALID_HANDLE, NtQueryObject(NULL, (OBJECT_INFORMATION_CLASS)99, NULL, 0, NULL));
    IS(STATUS_INVALID_INFO_CLASS, NtQueryObject(event, (OBJECT_INFORMATION_CLASS)99, NULL, 0, NULL));
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(event, ObjectBasicInformation, NULL, 0, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtQueryObject(event, ObjectBasicInformation, NULL, sizeof information, NULL));
    IS(STATUS_DATATYPE_MISALIGNMENT, NtQueryObject(event, ObjectBasicInformation, (char *)&information + 1, sizeof information, NULL));
    IS(STATUS_INFO_LENGTH_MISMATCH, NtQueryObject(event, ObjectBasicInformation, &information, sizeof information - 1, NULL));
    IS(STATUS_SUCCESS, NtQueryObject(event, ObjectHandleFlagInformation, &flags, sizeof flags, NULL));
    CHECK(flags.Inherit == TRUE && flags.ProtectFromClose == FALSE);
    IS(STATUS_SUCCESS, NtClose(event));
}

static void permanent_objects_outlive_their_handles(void) {
    HANDLE event = named_event(0), weak;
    CHECK(basic(event).Attributes == 0);
    IS(STATUS_SUCCESS, NtMakePermanentObject(event));
    CHECK(basic(event).Attributes == OBJ_PERMANENT);
    IS(STATUS_SUCCESS, NtClose(event));
    CHECK(is_there());
    weak = OpenEventA(SYNCHRONIZE, FALSE, "h");
    IS(STATUS_ACCESS_DENIED, NtMakeTemporaryObject(weak));
    IS(STATUS_SUCCESS, NtClose(weak));
    event = OpenEventA(DELETE, FALSE, "h");
    IS(STATUS_SUCCESS, NtMakeTemporaryObject(event));
    IS(STATUS_SUCCESS, NtClose(event));
    CHECK(!is_there());
    event = named_event(OBJ_PERMANENT);
    IS(STATUS_SUCCESS, NtClose(event));
    CHECK(is_there());
    event = OpenEventA(EVENT_ALL_ACCESS, FALSE, "h");
    CHECK(basic(event).Attributes == OBJ_PERMANENT);
    IS(STATUS_SUCCESS, NtMakeTemporaryObject(event));
    IS(STATUS_SUCCESS, NtClose(event));
    CHECK(!is_there());
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    IS(STATUS_NOT_SUPPORTED, NtMakePermanentObject(event));
    IS(STATUS_SUCCESS, NtClose(event));
    IS(STATUS_INVALID_HANDLE, NtMakePermanentObject(event));
    IS(STATUS_INVALID_HANDLE, NtMakeTemporaryObject(event));
}

static void processes_are_opened_by_their_numbers(void) {
    UNICODE_STRING name = text(LOCAL u"\\h");
    OBJECT_ATTRIBUTES given = attributes(NULL, OBJ_INHERIT, NULL), named = attributes(&name, 0, NULL);
    CLIENT_ID me = {(HANDLE)(ULONG_PTR)GetCurrentProcessId(), NULL};
    HANDLE process = NULL, weak = NULL;
    IS(STATUS_SUCCESS, NtOpenProcess(&process, PROCESS_ALL_ACCESS, &given, &me));
    IS(STATUS_SUCCESS, NtCompareObjects(process, NtCurrentProcess()));
    CHECK(basic(process).Attributes == OBJ_INHERIT && GetProcessId(process) == GetCurrentProcessId());
    me.UniqueThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    IS(STATUS_SUCCESS, NtOpenProcess(&weak, SYNCHRONIZE, &given, &me));
    CHECK(basic(weak).GrantedAccess == SYNCHRONIZE);
    IS(STATUS_SUCCESS, NtClose(weak));
    IS(STATUS_SUCCESS, NtClose(process));
    IS(STATUS_INVALID_PARAMETER_MIX, NtOpenProcess(&process, SYNCHRONIZE, &given, NULL));
    IS(STATUS_INVALID_PARAMETER_MIX, NtOpenProcess(&process, SYNCHRONIZE, &named, &me));
    IS(STATUS_ACCESS_VIOLATION, NtOpenProcess(&process, SYNCHRONIZE, NULL, &me));
    IS(STATUS_ACCESS_VIOLATION, NtOpenProcess(NULL, SYNCHRONIZE, &given, &me));
    me.UniqueThread = (HANDLE)(ULONG_PTR)0x7fffffff;
    IS(STATUS_INVALID_CID, NtOpenProcess(&process, SYNCHRONIZE, &given, &me));
    me.UniqueThread = NULL;
    me.UniqueProcess = (HANDLE)(ULONG_PTR)0x7fffffff;
    IS(STATUS_INVALID_CID, NtOpenProcess(&process, SYNCHRONIZE, &given, &me));
}

static void threads_are_opened_by_their_numbers(void) {
    OBJECT_ATTRIBUTES given = attributes(NULL, OBJ_INHERIT, NULL);
    CLIENT_ID me = {NULL, (HANDLE)(ULONG_PTR)GetCurrentThreadId()};
    HANDLE thread = NULL;
    IS(STATUS_SUCCESS, NtOpenThread(&thread, SYNCHRONIZE | THREAD_SET_CONTEXT, &given, &me));
    IS(STATUS_SUCCESS, NtCompareObjects(thread, NtCurrentThread()));
    CHECK(basic(thread).Attributes == OBJ_INHERIT && basic(thread).GrantedAccess == (SYNCHRONIZE | THREAD_SET_CONTEXT));
    IS(STATUS_SUCCESS, NtClose(thread));
    IS(STATUS_ACCESS_DENIED, NtOpenThread(&thread, 0, &given, &me));
    me.UniqueProcess = (HANDLE)(ULONG_PTR)GetCurrentProcessId();
    IS(STATUS_SUCCESS, NtOpenThread(&thread, SYNCHRONIZE, &given, &me));
    IS(STATUS_SUCCESS, NtClose(thread));
    me.UniqueProcess = (HANDLE)(ULONG_PTR)1;
    IS(STATUS_INVALID_CID, NtOpenThread(&thread, SYNCHRONIZE, &given, &me));
    me.UniqueThread = (HANDLE)(ULONG_PTR)0x7fffffff;
    me.UniqueProcess = NULL;
    IS(STATUS_INVALID_CID, NtOpenThread(&thread, SYNCHRONIZE, &given, &me));
    me.UniqueThread = (HANDLE)(LONG_PTR)-4;
    IS(STATUS_INVALID_CID, NtOpenThread(&thread, SYNCHRONIZE, &given, &me));
    IS(STATUS_INVALID_PARAMETER_MIX, NtOpenThread(&thread, SYNCHRONIZE, &given, NULL));
    IS(STATUS_ACCESS_VIOLATION, NtOpenThread(&thread, SYNCHRONIZE, NULL, &me));
    IS(STATUS_ACCESS_VIOLATION, NtOpenThread(NULL, SYNCHRONIZE, &given, &me));
}

int main(void) {
    threads_are_opened_by_their_numbers();
    processes_are_opened_by_their_numbers();
    duplicates();
    comparisons();
    names_are_told();
    types_are_told();
    queries_are_checked();
    permanent_objects_outlive_their_handles();
    return done();
}
