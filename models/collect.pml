/*
 * A condemned object is freed by the exchange that unlocks it, without the structure lock; the allocator has to learn
 * of it. Who frees counts before and after the exchange; the allocator, when its list is empty and the count is not
 * zero, sets the count to zero and then looks at all records.
 *
 * What is checked when nothing can move any more: the freed record is in the list, or the count tells that there is
 * something to collect.
 *
 *   KILLED            who frees is killed at any step, and recovered
 *   RECOUNT           recovery counts too, whether or not there was something left to unlock. Without it a
 *                     record freed just before a death may stay unlisted until the next count or rebuilding.
 *   COUNT_BEFORE      who frees counts only before the exchange
 *   COUNT_AFTER       who frees counts only after it
 *   ZERO_AFTER        the allocator sets the count to zero after it has looked
 */
#define FREER 1

byte locker = FREER, count;
bool in_use = true, listed;
bool alive = true;

inline free_by_unlock() {
#ifndef COUNT_AFTER
  count++;
#endif
  d_step { if :: locker == FREER -> locker = 0; in_use = false :: else fi };
#ifndef COUNT_BEFORE
  count++
#else
  skip
#endif
}

proctype Freer() {
  { skip; free_by_unlock(); goto over } unless { !alive };
over: skip
}

proctype Recoverer() {
#ifdef KILLED
  !alive;
  if
  :: locker == FREER -> free_by_unlock()
  :: else
  fi;
#ifdef RECOUNT
  count++;
#endif
#endif
  skip
}

proctype Allocator() {
  byte n;
  do
  :: n < 2 && !listed && count != 0 ->
#ifdef ZERO_AFTER
     if :: !in_use -> listed = true :: else fi;
     count = 0;
#else
     count = 0;
     if :: !in_use -> listed = true :: else fi;
#endif
     n++
  :: true -> break
  od
}

proctype Killer() {
#ifdef KILLED
  if :: alive = false :: skip fi;
#endif
  skip
}

init {
  atomic { run Freer(); run Recoverer(); run Allocator(); run Killer() };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(!in_use && locker == 0);
  assert(listed || count != 0)
}
