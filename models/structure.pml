/*
 * The structure lock: two processes create or open an object by the same name and close it; one duplicates its handle
 * into the other's table. There are two object slots.
 *
 * Handle entries and object records are the truth; names, counts and the free list are caches. Whoever takes the lock
 * from a dead holder sets REBUILD with the same exchange; whoever holds the lock and finds REBUILD set rebuilds the
 * caches from the truth, and only then clears it. An object record is complete before the first handle names it, and
 * is freed after the last handle that named it is cleared.
 *
 * What is checked: a handle of a living process names a living object, always the same one; when nothing can move any
 * more, the lock is free, an object lives if and only if a handle names it, its name leads to it, its count is right,
 * and every other slot is in the free list.
 *
 * What happens:
 *   KILL_HOLDER       the first process is killed at any step; its handles are closed by a reaper
 *   KILL_REAPER       that reaper is killed at any step
 * What is broken:
 *   NO_REBUILD        the lock of a dead holder is taken like a free one
 *   TRUST_COUNTS      the rebuilding trusts the counts
 *   HANDLE_FIRST      a handle is entered before the record it names is complete
 *   FREE_FIRST        the last close frees the record before it clears the handle
 */
#define A 1
#define B 2
#define R1 3
#define R2 4

#define FREE 0
#define LIVE 1
#define NONE 9

#define SLOTS 2
/* Entry 0 is A's; 1 and 2 are B's, the second for what is duplicated into it. */
#define ENTRIES 3

byte holder;
bool rebuild;
byte record[SLOTS];
byte entry[ENTRIES] = NONE;
/* Caches. */
byte name = NONE;
byte count[SLOTS];
bool free_listed[SLOTS] = true;
bool alive[5] = true;
bool reaped;

#define names(o) ((entry[0] == o -> 1 : 0) + (entry[1] == o -> 1 : 0) + (entry[2] == o -> 1 : 0))

inline rebuild_slot(o) {
#ifndef TRUST_COUNTS
  count[o] = names(o);
#endif
  if
  :: record[o] == LIVE && count[o] == 0 ->
     if :: name == o -> name = NONE :: else fi;
     record[o] = FREE
  :: record[o] == LIVE && count[o] > 0 -> name = o
  :: record[o] == FREE -> if :: name == o -> name = NONE :: else fi
  fi;
  free_listed[o] = (record[o] == FREE)
}

inline lock(me) {
  if
  :: atomic { holder == 0 -> holder = me }
#ifdef NO_REBUILD
  :: atomic { holder != 0 && !alive[holder] -> holder = me }
#else
  :: atomic { holder != 0 && !alive[holder] -> holder = me; rebuild = true }
#endif
  fi;
  if
  :: rebuild ->
     rebuild_slot(0);
     rebuild_slot(1);
     rebuild = false
  :: else
  fi
}

inline unlock() { holder = 0 }

inline create_or_open(me, e, o) {
  lock(me);
  if
  :: name != NONE ->
     o = name;
     count[o]++;
     entry[e] = o
  :: name == NONE ->
     o = (free_listed[0] -> 0 : 1);
     assert(free_listed[o] && record[o] == FREE);
     free_listed[o] = false;
#ifdef HANDLE_FIRST
     entry[e] = o;
     record[o] = LIVE;
     count[o] = 1;
     name = o
#else
     record[o] = LIVE;
     count[o] = 1;
     name = o;
     entry[e] = o
#endif
  fi;
  unlock()
}

/* Clears the entry e, under the lock. */
inline drop(e, o) {
  o = entry[e];
  if
  :: o == NONE
  :: o != NONE ->
#ifdef FREE_FIRST
     if :: count[o] == 1 -> name = NONE; record[o] = FREE :: else fi;
     entry[e] = NONE;
     count[o]--;
     if :: record[o] == FREE -> free_listed[o] = true :: else fi
#else
     entry[e] = NONE;
     count[o]--;
     if
     :: count[o] == 0 ->
        if :: name == o -> name = NONE :: else fi;
        record[o] = FREE;
        free_listed[o] = true
     :: else
     fi
#endif
  fi
}

proctype First() {
  byte o;
  {
    create_or_open(A, 0, o);
    /* Into B's table, or not. */
    if
    :: lock(A); count[o]++; entry[2] = o; unlock()
    :: skip
    fi;
    lock(A);
    drop(0, o);
    unlock();
    goto over
  } unless { !alive[A] };
over: o = 0
}

proctype Second() {
  byte o;
  create_or_open(B, 1, o);
  assert(record[o] == LIVE);
  assert(entry[2] == NONE || entry[2] == o);
  if
  :: lock(B); drop(1, o); unlock()
  :: skip
  fi;
  if
  :: lock(B); drop(2, o); unlock()
  :: skip
  fi
}

#define on_duty (me == R1 || !alive[R1])

proctype Reaper(byte me) {
  byte o;
  {
    do
    :: !alive[A] && !reaped && on_duty ->
       lock(me);
       drop(0, o);
       reaped = true;
       unlock()
    :: holder != 0 && !alive[holder] && on_duty -> lock(me); unlock()
    od
  } unless { !alive[me] }
}

proctype Killer() {
#ifdef KILL_HOLDER
  if :: alive[A] = false :: skip fi;
#endif
#ifdef KILL_REAPER
  if :: alive[R1] = false :: skip fi;
#endif
  skip
}

#define well(o) ( \
  count[o] == names(o) && (record[o] == LIVE) == (names(o) > 0) && free_listed[o] == (record[o] == FREE) \
  && (record[o] == FREE || name == o) && (record[o] == LIVE || name != o))

init {
  atomic {
    run First(); run Second(); run Reaper(R1); run Killer();
#ifdef KILL_REAPER
    run Reaper(R2)
#endif
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(holder == 0 && !rebuild);
  assert(well(0) && well(1));
  assert(!(record[0] == LIVE && record[1] == LIVE))
}
