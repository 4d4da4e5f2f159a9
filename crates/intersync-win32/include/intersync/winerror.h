/**
 * @file
 * The last-error codes that the functions of this library set, and a few that their callers compare with.
 */
#ifndef INTERSYNC_WINERROR_H
#define INTERSYNC_WINERROR_H

/** Nothing is wrong; set by a Create that made a new object. */
#define ERROR_SUCCESS 0
#define NO_ERROR 0
/** No object has this name. */
#define ERROR_FILE_NOT_FOUND 2
/** What stands before the backslash is no directory of names, and no private namespace that is open here. */
#define ERROR_PATH_NOT_FOUND 3
/** The handle lacks a right, or the object does not grant it. */
#define ERROR_ACCESS_DENIED 5
/** Not an open handle, or one of an object of the wrong kind; or the name belongs to an object of another kind. */
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
/** The size of a value is wrong. */
#define ERROR_BAD_LENGTH 24
/** The thread has ended. Nobody initializes, or has initialized. The list is full. */
#define ERROR_GEN_FAILURE 31
/** Not offered. */
#define ERROR_NOT_SUPPORTED 50
/** A count, a flag or another argument is not allowed. */
#define ERROR_INVALID_PARAMETER 87
/** The memory given is too small. */
#define ERROR_INSUFFICIENT_BUFFER 122
/** A part of the name is empty. */
#define ERROR_INVALID_NAME 123
/** It has been suspended too many times. */
#define ERROR_SIGNAL_REFUSED 156
/** The name begins with a backslash. */
#define ERROR_BAD_PATHNAME 161
/** A Create found the object and opened it. The private namespace exists, and was not opened. */
#define ERROR_ALREADY_EXISTS 183
/** The file is no program for this system. */
#define ERROR_BAD_EXE_FORMAT 193
/** The name given to a function ending in A is longer than MAX_PATH; the arguments of a program are too long. */
#define ERROR_FILENAME_EXCED_RANGE 206
/** A wait timed out; the same number as WAIT_TIMEOUT. */
#define WAIT_TIMEOUT 258u
/** The text is too long. */
#define ERROR_MORE_DATA 234
/** There is no such directory. */
#define ERROR_DIRECTORY 267
/** The calling thread does not own the mutex. */
#define ERROR_NOT_OWNER 288
/** The semaphore's count would exceed its maximum. */
#define ERROR_TOO_MANY_POSTS 298
/** FormatMessage knows no text for the code. */
#define ERROR_MR_MID_NOT_FOUND 317
/** The mutex cannot be acquired once more. */
#define ERROR_MUTANT_LIMIT_EXCEEDED 587
/** The attribute has been given already. */
#define ERROR_OBJECT_NAME_EXISTS 698
/** Callbacks are still running. */
#define ERROR_IO_PENDING 997
/** A pointer leads nowhere. */
#define ERROR_NOACCESS 998
/** Half a surrogate pair: the text means nothing. */
#define ERROR_NO_UNICODE_TRANSLATION 1113
/** The call was made from within another one, as a signal handler may make it. */
#define ERROR_POSSIBLE_DEADLOCK 1131
#define ERROR_UNKNOWN_REVISION 1305
#define ERROR_REVISION_MISMATCH 1306
/** Objects cannot be made in the name of others. */
#define ERROR_INVALID_OWNER 1307
#define ERROR_INVALID_PRIMARY_GROUP 1308
/** The caller is not privileged to ask for this right. */
#define ERROR_PRIVILEGE_NOT_HELD 1314
/** Nobody is known by this name. */
#define ERROR_NONE_MAPPED 1332
#define ERROR_INVALID_ACL 1336
#define ERROR_INVALID_SID 1337
#define ERROR_INVALID_SECURITY_DESCR 1338
/** The library is at fault, or the system refused something that it should not refuse. */
#define ERROR_INTERNAL_ERROR 1359
/** The list is full. */
#define ERROR_ALLOTTED_SPACE_EXCEEDED 1344
/** The system, or the namespace, has no room for more. */
#define ERROR_NO_SYSTEM_RESOURCES 1450
/** Nothing has happened before the time-out was over. */
#define ERROR_TIMEOUT 1460
/** The handles are of two objects. */
#define ERROR_NOT_SAME_OBJECT 1656
/** No program or library has texts in it. */
#define ERROR_RESOURCE_TYPE_NOT_FOUND 1813
/** There are texts in English only. */
#define ERROR_RESOURCE_LANG_NOT_FOUND 1815

/* Not of Windows, which leaves the numbers with this bit to others: what cannot go wrong there. */

/** The namespace cannot be used: its file or its directory is not as it should be. */
#define ERROR_INTERSYNC_NAMESPACE 0x20000001
/** The file of the namespace was removed while it was in use. */
#define ERROR_INTERSYNC_NAMESPACE_REMOVED 0x20000002
/** The namespace was made by another version of the library. */
#define ERROR_INTERSYNC_VERSION 0x20000003
/** The other processes have taken this one for dead. */
#define ERROR_INTERSYNC_FENCED 0x20000004
/** The effective user of the process has changed since it began to use the namespace. */
#define ERROR_INTERSYNC_IDENTITY_CHANGED 0x20000005
/** A process that is stopped is in the middle of an operation on the object. */
#define ERROR_INTERSYNC_STALLED 0x20000006
/** The shared memory breaks its own rules. */
#define ERROR_INTERSYNC_CORRUPT 0x20000007

#endif
