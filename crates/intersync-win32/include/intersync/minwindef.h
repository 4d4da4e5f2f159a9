/**
 * @file
 * The basic types. `LONG`, `DWORD` and `BOOL` have 32 bits as on Windows, although `long` has 64 on Linux: print a `DWORD` with
 * `%u`, or as `(unsigned long)` with `%lu`.
 */
#ifndef INTERSYNC_MINWINDEF_H
#define INTERSYNC_MINWINDEF_H

#include <intersync/basetsd.h>

#define VOID void
#define CONST const

#define FALSE 0
#define TRUE 1

/** The longest name, in characters, that the functions ending in A take. */
#define MAX_PATH 260

typedef char CHAR, *PCHAR;
typedef signed char INT8;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned char UCHAR, *PUCHAR;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t WORD, *PWORD, *LPWORD;
typedef uint16_t USHORT, *PUSHORT;
typedef int32_t INT, *PINT, *LPINT;
typedef uint32_t UINT, *PUINT;
typedef int32_t LONG, *PLONG, *LPLONG;
typedef uint32_t ULONG, *PULONG;
typedef uint32_t DWORD, *PDWORD, *LPDWORD;
typedef int64_t LONGLONG, *PLONGLONG;
typedef uint64_t ULONGLONG, *PULONGLONG;
typedef uint64_t DWORDLONG, *PDWORDLONG;

/** False is 0; every other value is true. */
typedef int32_t BOOL, *PBOOL, *LPBOOL;
/** The same in a byte. */
typedef BYTE BOOLEAN, *PBOOLEAN;

typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
/** A loaded program or library. Nothing here makes one: it is for declarations. */
typedef void *HINSTANCE, *HMODULE;

/** A time: 100-nanosecond steps since the beginning of 1601, UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

INTERSYNC_STATIC_ASSERT(sizeof(LONG) == 4 && sizeof(DWORD) == 4 && sizeof(BOOL) == 4, "LONG, DWORD and BOOL have 32 bits");
INTERSYNC_STATIC_ASSERT(sizeof(FILETIME) == 8 && offsetof(FILETIME, dwHighDateTime) == 4, "FILETIME is laid out as on Windows");

#endif
