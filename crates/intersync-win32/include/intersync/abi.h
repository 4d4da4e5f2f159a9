/**
 * @file
 * What every header of Intersync's C interface needs: the check of the platform, the calling conventions, which mean nothing
 * here, and how functions are declared.
 */
#ifndef INTERSYNC_ABI_H
#define INTERSYNC_ABI_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__linux__) || !defined(__LP64__)
#error "Intersync is for 64-bit Linux"
#endif

#ifdef __cplusplus
#define INTERSYNC_BEGIN_DECLS extern "C" {
#define INTERSYNC_END_DECLS }
#define INTERSYNC_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define INTERSYNC_BEGIN_DECLS
#define INTERSYNC_END_DECLS
#define INTERSYNC_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/** Begins the declaration of every function that the library exports. */
#define INTERSYNC_API extern

/** Ends the declaration of a function that does not return. */
#define INTERSYNC_NORETURN __attribute__((noreturn))

/* The calling convention is the one of C; callbacks are ordinary C functions. */
#define WINAPI
#define APIENTRY
#define CALLBACK
#define NTAPI

#endif
