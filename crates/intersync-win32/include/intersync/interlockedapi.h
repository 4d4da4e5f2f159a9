/**
 * @file
 * Atomic operations on plain variables, inline, and interlocked singly linked lists. Each of the inline functions is a full
 * barrier, on a variable aligned to its size.
 */
#ifndef INTERSYNC_INTERLOCKEDAPI_H
#define INTERSYNC_INTERLOCKEDAPI_H

#include <intersync/winnt.h>

/* With 32 bits, 64 bits, 16 bits and 8 bits, and for pointers. */

/** Adds 1, and returns the sum. */
static inline LONG InterlockedIncrement(volatile LONG *Addend) {
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** Subtracts 1, and returns the difference. */
static inline LONG InterlockedDecrement(volatile LONG *Addend) {
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** Adds, and returns the sum. */
static inline LONG InterlockedAdd(volatile LONG *Addend, LONG Value) {
    return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);
}

/** Adds, and returns the value before. */
static inline LONG InterlockedExchangeAdd(volatile LONG *Addend, LONG Value) {
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}

/** Stores a value, and returns the one before. */
static inline LONG InterlockedExchange(volatile LONG *Target, LONG Value) {
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

/** Stores `Exchange` if the value is `Comparand`; returns the value before in any case. */
static inline LONG InterlockedCompareExchange(volatile LONG *Destination, LONG Exchange, LONG Comparand) {
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}

/** Keeps the bits that are set in `Value`, and returns the value before. */
static inline LONG InterlockedAnd(volatile LONG *Destination, LONG Value) {
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

/** Sets the bits that are set in `Value`, and returns the value before. */
static inline LONG InterlockedOr(volatile LONG *Destination, LONG Value) {
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

/** Flips the bits that are set in `Value`, and returns the value before. */
static inline LONG InterlockedXor(volatile LONG *Destination, LONG Value) {
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedIncrement64(volatile LONG64 *Addend) {
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedDecrement64(volatile LONG64 *Addend) {
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedAdd64(volatile LONG64 *Addend, LONG64 Value) {
    return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedExchangeAdd64(volatile LONG64 *Addend, LONG64 Value) {
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedExchange64(volatile LONG64 *Target, LONG64 Value) {
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedCompareExchange64(volatile LONG64 *Destination, LONG64 Exchange, LONG64 Comparand) {
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}

/** The same with 64 bits. */
static inline LONG64 InterlockedAnd64(volatile LONG64 *Destination, LONG64 Value) {
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedOr64(volatile LONG64 *Destination, LONG64 Value) {
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 64 bits. */
static inline LONG64 InterlockedXor64(volatile LONG64 *Destination, LONG64 Value) {
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedIncrement16(volatile SHORT *Addend) {
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedDecrement16(volatile SHORT *Addend) {
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedExchange16(volatile SHORT *Target, SHORT Value) {
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedCompareExchange16(volatile SHORT *Destination, SHORT Exchange, SHORT Comparand) {
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}

/** The same with 16 bits. */
static inline SHORT InterlockedAnd16(volatile SHORT *Destination, SHORT Value) {
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedOr16(volatile SHORT *Destination, SHORT Value) {
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 16 bits. */
static inline SHORT InterlockedXor16(volatile SHORT *Destination, SHORT Value) {
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 8 bits. */
static inline CHAR InterlockedExchangeAdd8(volatile CHAR *Addend, CHAR Value) {
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}

/** The same with 8 bits. */
static inline CHAR InterlockedExchange8(volatile CHAR *Target, CHAR Value) {
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

/** The same with 8 bits. */
static inline CHAR InterlockedAnd8(volatile CHAR *Destination, CHAR Value) {
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 8 bits. */
static inline CHAR InterlockedOr8(volatile CHAR *Destination, CHAR Value) {
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);
}

/** The same with 8 bits. */
static inline CHAR InterlockedXor8(volatile CHAR *Destination, CHAR Value) {
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);
}

/** Stores a pointer, and returns the one before. */
static inline PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value) {
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

/** Stores `Exchange` if the pointer is `Comparand`; returns the pointer before in any case. */
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *Destination, PVOID Exchange, PVOID Comparand) {
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}

/*
 * Lists that any number of threads of one process add to and take from at once, the last in first out. What is put into one
 * begins with an SLIST_ENTRY. An entry that has been taken may be freed at once. Who adds never waits for
 * others, so that a signal handler may; who takes may wait for others who do, for a few instructions. Both structures lie at
 * multiples of 16, as their types say.
 */

INTERSYNC_BEGIN_DECLS

/** Makes an empty list; the same as all zeros. */
INTERSYNC_API void WINAPI InitializeSListHead(PSLIST_HEADER ListHead);

/** Puts an entry in front of a list. Returns the entry that was the first, or NULL. */
INTERSYNC_API PSLIST_ENTRY WINAPI InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry);

/**
 * Puts entries that are linked already, from `List` to `ListEnd`, in front of a list, all at once. `Count` is how many there
 * are. Returns the entry that was the first, or NULL.
 */
INTERSYNC_API PSLIST_ENTRY WINAPI InterlockedPushListSListEx(PSLIST_HEADER ListHead, PSLIST_ENTRY List, PSLIST_ENTRY ListEnd,
                                                             ULONG Count);

/** Takes the first entry of a list; NULL: it is empty. */
INTERSYNC_API PSLIST_ENTRY WINAPI InterlockedPopEntrySList(PSLIST_HEADER ListHead);

/** Takes all entries, still linked, and returns the first, or NULL. */
INTERSYNC_API PSLIST_ENTRY WINAPI InterlockedFlushSList(PSLIST_HEADER ListHead);

/** The first entry of a list, which stays in it, or NULL. */
INTERSYNC_API PSLIST_ENTRY WINAPI RtlFirstEntrySList(const SLIST_HEADER *ListHead);

/** How many entries a list has, modulo 65536. */
INTERSYNC_API USHORT WINAPI QueryDepthSList(PSLIST_HEADER ListHead);

INTERSYNC_END_DECLS

#endif
