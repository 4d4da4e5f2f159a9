/*
 * The last handle of an event closes while somebody waits; the slot is freed and used for another object.
 *
 * W waits. A granter that had looked its handle up before signals the event. The closer takes the name and the last
 * reference away: an unlocked object nobody waits for becomes FREE by its exchange, any other CONDEMNED. Whoever
 * empties the queue of a condemned object frees it, and raises its generation, with the exchange that unlocks it.
 * A newcomer may take the free slot at once, while W, or the reaper of W, has still to leave.
 *
 * What is checked: nothing of the old object reaches the new one; nobody sleeps on a freed object; when nothing can
 * move any more the slot has been freed, whoever died.
 *
 * What happens:
 *   KILL_GRANTER      the granter is killed at any step
 *   KILL_WAITER       W is killed at any step; its reaper gives back an unacknowledged grant
 *   TIME_OUT          W may reach its deadline
 * What is broken:
 *   DROP_CONDEMNED    the unlock stores the word it computed when it locked
 *   FREE_AFTER        the slot is freed after the unlock, by a second exchange nobody repeats for the dead
 *   CLOSER_FREES      the closer frees although somebody waits
 *   WAITER_WRITES     a granted waiter writes into the object (as a mutex's recursion count would be)
 *   GIVE_BACK_BLIND   the reaper gives back to the slot, whatever generation it has
 *   SIGNAL_BLIND      a signaler locks the slot, whatever generation it has
 */
#define W 1
#define GRANTER 2
#define NEWCOMER 3

#define IDLE 0
#define WAITING 1
#define GRANTED 2
#define CANCELLED 3

/* The state word: locker, flags, value, generation, in use or free. */
byte locker, generation;
bool condemned, signaled, in_use = true;
bool linked = true;
byte linked_generation;
byte claim = WAITING, by;
bool dispatching;
bool w_alive = true, g_alive = true;
bool closed, returned, newcomer_here;
byte freed;
/* Something of the old object arrived in the new one. */
bool stray;

inline set_free() { in_use = false; condemned = false; signaled = false; generation++; freed++ }

#ifdef SIGNAL_BLIND
#define same_object(g) (in_use)
#else
#define same_object(g) (in_use && generation == g)
#endif

/* The exchange that unlocks: it keeps what others have set meanwhile, and frees a condemned object without a queue. */
inline unlock(x, value) {
#if defined(DROP_CONDEMNED)
  d_step { locker = 0; signaled = value; condemned = remembered; if :: condemned && !linked -> set_free() :: else fi }
#elif defined(FREE_AFTER)
  d_step { locker = 0; signaled = value };
  d_step { if :: locker == 0 && condemned && !linked && in_use -> set_free() :: else fi }
#else
  d_step { locker = 0; signaled = value; if :: condemned && !linked -> set_free() :: else fi }
#endif
}

#define noted(x) remembered = condemned

proctype Granter() {
  bool remembered;
  {
    if
    :: atomic { same_object(0) && locker == 0 -> locker = GRANTER; noted(GRANTER); stray = stray || generation != 0 };
       dispatching = true;
       if
       :: atomic { linked && claim == WAITING -> claim = GRANTED; by = GRANTER }; linked = false; unlock(GRANTER, false)
       :: else -> unlock(GRANTER, true)
       fi;
       dispatching = false
    :: !same_object(0)
    fi;
    goto over
  } unless { !g_alive };
over: skip
}

proctype Recoverer() {
  bool remembered;
#ifdef KILL_GRANTER
  !g_alive;
  if
  :: locker == GRANTER && !dispatching -> unlock(GRANTER, signaled)
  :: locker == GRANTER && dispatching ->
     noted(GRANTER);
     if
     :: claim == GRANTED && by == GRANTER -> linked = false; unlock(GRANTER, false)
     :: atomic { linked && claim == WAITING -> claim = GRANTED; by = GRANTER }; linked = false; unlock(GRANTER, false)
     :: else -> unlock(GRANTER, true)
     fi
  :: else
  fi;
#endif
  skip
}

/* Takes the waiter's block out, by the waiter or as it. */
inline withdraw() {
  if
  :: atomic { generation == linked_generation && in_use && locker == 0 -> locker = W; noted(W) };
     linked = false;
     unlock(W, signaled)
  :: !(generation == linked_generation && in_use)
  fi
}

proctype Waiter() {
  bool remembered;
  {
    if
    :: claim != WAITING
#ifdef TIME_OUT
    :: atomic { claim == WAITING -> claim = CANCELLED }
#endif
    fi;
    if
    :: claim == GRANTED ->
       (generation != linked_generation || locker != by);
#ifdef WAITER_WRITES
       stray = stray || generation != linked_generation;
#endif
       skip
    :: else -> withdraw()
    fi;
    claim = IDLE;
    returned = true;
    goto over
  } unless { !w_alive };
over: skip
}

proctype Reaper() {
  bool remembered;
#ifdef KILL_WAITER
  !w_alive;
  if :: locker == W -> unlock(W, signaled) :: else fi;
  if :: atomic { claim == WAITING -> claim = CANCELLED } :: else fi;
  if
  :: claim == GRANTED ->
     (generation != linked_generation || locker != by);
     if
#ifdef GIVE_BACK_BLIND
     :: atomic { in_use && locker == 0 -> locker = W; noted(W); stray = stray || generation != linked_generation };
        claim = IDLE; unlock(W, true)
     :: !in_use -> claim = IDLE
#else
     :: atomic { in_use && generation == linked_generation && locker == 0 -> locker = W; noted(W) };
        claim = IDLE; unlock(W, true)
     :: !(in_use && generation == linked_generation) -> claim = IDLE
#endif
     fi
  :: else
  fi;
  if :: linked -> withdraw() :: else fi;
#endif
  skip
}

proctype Closer() {
#ifdef CLOSER_FREES
  d_step { if :: locker == 0 -> set_free() :: else -> condemned = true fi };
#else
  d_step { if :: locker == 0 && !linked -> set_free() :: else -> condemned = true fi };
#endif
  closed = true
}

proctype Newcomer() {
  bool remembered;
  if
  :: d_step { !in_use -> in_use = true; newcomer_here = true };
     assert(!linked);
     atomic { locker == 0 -> locker = NEWCOMER; noted(NEWCOMER) };
     unlock(NEWCOMER, false)
  :: skip
  fi
}

proctype Fate() {
#ifdef KILL_GRANTER
  if :: g_alive = false :: skip fi;
#endif
#ifdef KILL_WAITER
  if :: w_alive = false :: skip fi;
#endif
  skip
}

init {
  atomic {
    run Waiter(); run Granter(); run Recoverer(); run Reaper(); run Closer(); run Newcomer(); run Fate()
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(locker == 0);
  assert(!stray);
  assert(!(newcomer_here && (signaled || condemned)));
  /* If the signal came too late for W, W sleeps on, and keeps the object. */
  assert(freed == 1 || (freed == 0 && linked && claim == WAITING && w_alive));
  assert(freed == 0 || !linked)
}
