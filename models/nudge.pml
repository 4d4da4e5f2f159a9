/*
 * A waiter in a wait-any over two objects is nudged: told to look again, and given nothing.
 *
 * Nudges come from a signal to an object of another arena, from SetWaitableTimer, and from the safety net. A nudged
 * waiter first sets its claim back to WAITING, then looks at all its objects again, under their locks. NUDGED is as
 * grantable and as cancellable as WAITING.
 *
 * What is checked when nothing can move any more: the waiter does not sleep beside something it could have;
 * each signal is in its object or with exactly one taker. At a time-out: nothing was signaled from before the
 * deadline until the waiter gave up.
 *
 * The objects:
 *   (default)         two auto-reset events of other arenas; somebody else may take the first
 *   DIRECT            the second is an event of the waiter's own arena, handed over by its setter
 *   PULSE             as DIRECT, and the second event is pulsed: whoever waits for it then must get it
 *   TIMER             the first is a timer that somebody sets and anybody may fire; the second as in DIRECT
 * What happens:
 *   KILL_SIGNALER     the signaler (setter) of the first object is killed at any step
 *   SAFETY_NET        the keeper of the waiter's process looks at the objects and nudges
 *   TIME_OUT          the waiter has a deadline
 * What a waiter does after a nudge, if not as above:
 *   PEEK_LOCKED       it reads the words without a lock, and takes the lock where a word is locked or signaled (sound)
 *   PEEK              it reads the words without a lock and takes them for what they show
 *   ONLY_ONE          it looks at the object it was nudged for, and at no other
 *   LATE              it looks first and sets its claim back afterwards
 * What else is broken:
 *   UNLINK_NUDGED     a signaler takes the block of a nudged waiter for a stale one
 *   SKIP_NUDGED       a signaler grants nothing to a nudged waiter
 *   NUDGE_AFTER       the nudge follows the unlock, and nobody repeats it for a dead signaler
 *   NO_TIMER_NUDGE    setting a timer nudges nobody
 *   FAILED_MEANS_WON  at the deadline a claim that cannot be cancelled counts as granted
 *   CANCEL_NUDGED     at the deadline a nudged waiter gives up without another look
 */
#define W 1
#define A 2
#define B 3
#define OTHER 4
#define R 5

#define IDLE 0
#define WAITING 1
#define NUDGED 2
#define GRANTED 3
#define CANCELLED 4

#if defined(TIMER)
#define direct(o) true
#elif defined(DIRECT) || defined(PULSE)
#define direct(o) (o == 1)
#else
#define direct(o) false
#endif

byte locker[2];
bool signaled[2], linked[2];
bool armed, due;
byte claim, index;
bool alive = true, committed, recovered;
bool returned, timed_out;
byte got = 9;
bool asleep;
/* What an onlooker knows: signals given, signals taken by others, and what was signaled at the deadline and still is. */
byte given[2], others;
bool missed;
bool since[2];

#define open_claim (claim == WAITING || claim == NUDGED)
#if defined(SKIP_NUDGED) || defined(UNLINK_NUDGED)
#define grantable (claim == WAITING)
#else
#define grantable open_claim
#endif

inline lock(o, me) { atomic { locker[o] == 0 -> locker[o] = me } }
inline unlock(o, value) { d_step { signaled[o] = value; locker[o] = 0 } }
inline nudge(o) { if :: atomic { claim == WAITING -> claim = NUDGED; index = o } :: else fi }

/* Under the lock of o, which is signaled in the running value; says what is left of it. */
inline dispatch(o, left) {
  left = true;
  if
  :: linked[o] && direct(o) ->
     if
     :: atomic { grantable -> claim = GRANTED; index = o }; linked[o] = false; left = false
     :: atomic { else -> missed = missed || open_claim }
#ifdef UNLINK_NUDGED
        linked[o] = false
#endif
     fi
  :: linked[o] && !direct(o) ->
#ifdef UNLINK_NUDGED
     if :: claim == NUDGED -> linked[o] = false :: else fi;
#endif
#ifdef NUDGE_AFTER
     skip
#else
     nudge(o)
#endif
  :: else
  fi
}

inline signal(o, me) {
  lock(o, me);
  committed = (o == 0 -> true : committed);
  dispatch(o, left);
  d_step { given[o]++; signaled[o] = left; locker[o] = 0 };
#ifdef NUDGE_AFTER
  if :: linked[o] && !direct(o) -> nudge(o) :: else fi
#endif
}

/* The waiter looks at o under its lock: takes it, or makes sure that it is queued. */
inline look(o) {
  lock(o, W);
#ifdef TIMER
  d_step { if :: o == 0 && due -> signaled[0] = true; given[0]++; armed = false; due = false :: else fi };
#endif
  if
  :: signaled[o] ->
     if
     :: atomic { open_claim -> claim = GRANTED; index = o };
        linked[o] = false; since[o] = false; unlock(o, false)
     :: else -> locker[o] = 0
     fi
  :: else ->
     linked[o] = true;
     d_step { if :: o == 0 -> knows = armed :: else fi; locker[o] = 0 }
  fi
}

inline look_again() {
#if defined(ONLY_ONE)
  k = index;
  look(k);
  if :: atomic { claim == NUDGED -> claim = WAITING } :: else fi
#elif defined(LATE)
  look(0);
  if :: claim != GRANTED -> look(1) :: else fi;
  if :: atomic { claim == NUDGED -> claim = WAITING } :: else fi
#else
  if :: atomic { claim == NUDGED -> claim = WAITING } :: else fi;
#if defined(PEEK)
  if :: signaled[0] -> look(0) :: else fi;
  if :: claim != GRANTED && signaled[1] -> look(1) :: else fi
#elif defined(PEEK_LOCKED)
  if :: signaled[0] || locker[0] != 0 -> look(0) :: else fi;
  if :: claim != GRANTED && (signaled[1] || locker[1] != 0) -> look(1) :: else fi
#else
  look(0);
  if :: claim != GRANTED -> look(1) :: else fi
#endif
#endif
}

proctype Waiter() {
  byte k;
  bool knows;
  claim = WAITING;
  look(0);
  if :: claim != GRANTED -> look(1) :: else fi;
  do
  :: claim == GRANTED -> break
  :: else ->
     asleep = true;
     if
     :: claim != WAITING
     :: knows && due
#ifdef TIME_OUT
     :: d_step { !timed_out -> timed_out = true; since[0] = signaled[0]; since[1] = signaled[1] }
#endif
     fi;
     asleep = false;
     if
     :: timed_out ->
#if defined(FAILED_MEANS_WON)
        if
        :: atomic { claim == WAITING -> claim = CANCELLED; assert(!since[0] && !since[1]) }
        :: else
        fi;
        break
#elif defined(CANCEL_NUDGED)
        if
        :: atomic { open_claim -> claim = CANCELLED; assert(!since[0] && !since[1]) }; break
        :: else
        fi
#else
        if
        :: atomic { claim == WAITING -> claim = CANCELLED; assert(!since[0] && !since[1]) }; break
        :: claim == NUDGED -> look_again()
        :: claim == GRANTED
        fi
#endif
     :: else -> look_again()
     fi
  od;
  if
  :: claim != CANCELLED -> got = index
  :: else
  fi;
  k = 0;
  do
  :: k < 2 ->
     if :: linked[k] -> lock(k, W); linked[k] = false; locker[k] = 0 :: else fi;
     k++
  :: else -> break
  od;
  returned = true
}

#ifdef TIMER
inline set_timer(me) {
  lock(0, me);
  d_step { armed = true; committed = true };
#ifndef NO_TIMER_NUDGE
  if :: linked[0] -> nudge(0) :: else fi;
#endif
  locker[0] = 0
}
#endif

proctype First() {
  bool left;
  {
    skip;
#ifdef TIMER
    set_timer(A);
#else
    signal(0, A);
#endif
    goto over
  } unless { !alive };
over: skip
}

#ifdef PULSE
proctype Second() {
  bool left;
  lock(1, B);
  dispatch(1, left);
  d_step { given[1] = given[1] + !left; locker[1] = 0 }
}
#else
proctype Second() { bool left; signal(1, B) }
#endif

/* Carries on where the dead signaler of the first object stopped, in its name. */
proctype Recoverer() {
  bool left;
  !alive;
  if
  :: locker[0] == A && !committed -> locker[0] = 0
  :: locker[0] == A && committed ->
#ifdef TIMER
     if :: linked[0] -> nudge(0) :: else fi;
     locker[0] = 0
#else
     if
     :: claim == GRANTED && index == 0 && direct(0) -> left = false
     :: else -> dispatch(0, left)
     fi;
     d_step { given[0]++; signaled[0] = left; locker[0] = 0 }
#endif
  :: else
  fi
}

/* Somebody who wants the first object too; with TIMER: who only asks, and so fires it. */
proctype Other() {
  bool left;
#ifdef TIMER
  lock(0, OTHER);
  if
  :: d_step { due -> armed = false; due = false; given[0]++ };
     dispatch(0, left);
     unlock(0, left)
  :: else -> locker[0] = 0
  fi
#else
  if
  :: d_step { locker[0] == 0 && signaled[0] -> signaled[0] = false; since[0] = false; others++ }
  :: skip
  fi
#endif
}

#ifdef TIMER
proctype Clock() { end: do :: d_step { armed && !due -> due = true } od }
#endif

#ifdef SAFETY_NET
proctype Net() {
  do
  :: locker[0] == 0 && signaled[0] && linked[0] && claim == WAITING -> nudge(0)
  :: locker[1] == 0 && signaled[1] && linked[1] && claim == WAITING -> nudge(1)
  od
}
#endif

proctype Killer() {
#ifdef KILL_SIGNALER
  if :: alive = false :: skip fi
#else
  skip
#endif
}

init {
  atomic {
    run Waiter(); run First(); if :: run Second() :: skip fi; run Recoverer(); run Other(); run Killer();
#ifdef TIMER
    run Clock();
#endif
#ifdef SAFETY_NET
    run Net()
#endif
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(locker[0] == 0 && locker[1] == 0);
  assert(!(asleep && (signaled[0] || signaled[1] || due)));
  assert(signaled[0] + (got == 0 -> 1 : 0) + others == given[0]);
  assert(signaled[1] + (got == 1 -> 1 : 0) == given[1]);
#ifdef PULSE
  assert(!missed);
#endif
  assert(!returned || !linked[0] && !linked[1])
}
