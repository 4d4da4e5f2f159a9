/*
 * One object, two waiters, one signaler, two reapers.
 *
 * The operation is the unit of recovery: LOCKING notes the object, the store of DISPATCH commits,
 * UNLOCK precedes the word that publishes the result. Whoever reaps a dead thread carries on with that
 * thread's journal, in its name, and takes no lock for it.
 *
 * What is checked when nothing can move any more:
 *   - the object is unlocked, and no living waiter sleeps beside a unit it could have;
 *   - units are neither lost nor doubled: those in the object and those in living hands are all that were released,
 *     or none, if the release never committed;
 *   - nobody granted is left asleep;
 *   - a pulse leaves the object nonsignaled, and lets through only whom it found waiting, all of them if the
 *     event is a manual-reset one (PULSE).
 *
 * What happens (each at most once, at any step):
 *   KILL_SIGNALER     the signaler is killed
 *   KILL_WAITER       the first waiter is killed
 *   KILL_REAPER       the first reaper is killed
 *   TWO_REAPERS       the second reaper does not wait for the death of the first
 *   TIME_OUT          the second waiter may reach its deadline
 *   FAST              a passer-by may take a unit by the fast path
 * The object (default: a semaphore of which the signaler releases two):
 *   UNITS=n           the signaler releases n
 *   MANUAL            a manual-reset event: a grant takes nothing from it
 *   PULSE             the signaler pulses (an auto-reset event, or with MANUAL a manual-reset one)
 * What is broken:
 *   ONE_GRANT         recovery applies the noted target and unlocks; it does not dispatch on
 *   NO_LEAVE_RULE     a granted waiter is gone at once, its granter still holding the lock
 *   NO_GIVE_BACK      a grant that was never acknowledged dies with its waiter
 *   GIVE_BACK_LATE    the given-back claim is closed after the operation, not inside it
 *   RELATIVE          a grant is applied as "one less", not as a value noted beforehand
 *   NO_WAKE           recovery does not wake whom the dead thread had granted
 *   REAPER_BLOCKS     a reaper waits for a lock, keeping the right to reap
 *   PULSE_PRIVATE     that the operation is a pulse is not in its journal
 *   PULSE_UNMARKED    the claim does not say that it was granted by a pulse
 *   FAST_BLIND        the fast path ignores that the word is locked
 */
#define W1 1
#define W2 2
#define SIGNALER 3
#define R1 4
#define R2 5

#define IDLE 0
#define WAITING 1
#define GRANTED 2
#define CANCELLED 3

#define NONE 0
#define LOCKING 1
#define DISPATCH 2
#define UNLOCK 3

#define SIGNAL 1
#define TAKE 2
#define GIVE 3

#ifndef UNITS
#define UNITS 2
#endif
#ifdef MANUAL
#define after_grant(v) (v)
#else
#define after_grant(v) (v - 1)
#endif

#ifdef PULSE
#define is_pulse 1
#else
#define is_pulse 0
#endif

#ifdef PULSE_PRIVATE
#define knows_pulse false
#else
#define knows_pulse true
#endif

/* The object: locker and value are one word. */
byte locker, value;
bool linked[3];
/* Claims: state, seq, granter and the pulse mark are one word. */
byte state[3], seq[3], by[3];
bool pulsed[3];
byte block_seq[3];
bool in_kernel[3];
/* Journals of threads 1..3; reapers write into those of the dead. */
byte phase[4], op[4], running[4], next[4], target[4], target_seq[4];
/* Life, death, and the right to reap. */
bool alive[6] = true;
byte reaper_of[4];
bool reaped[4];
/* What an onlooker knows. */
byte committed, acquired, passed;
bool found[3];

/* A journal without a phase means nothing; clearing it keeps the states few. */
#define forget(x) op[x] = 0; running[x] = 0; next[x] = 0; target_seq[x] = 0

#define queued(w) (linked[w] && state[w] == WAITING && block_seq[w] == seq[w])
#define eligible(w) (queued(w) && alive[w])

inline wake(w) { in_kernel[w] = false }

inline commit(x) {
  d_step {
    phase[x] = DISPATCH;
    if
    :: x == SIGNALER ->
      committed = 1;
      found[W1] = eligible(W1); found[W2] = eligible(W2)
    :: else
    fi
  }
}

/* The claim is granted by x: what the waiter has of the object is settled in the journal. */
inline apply(x, w) {
  linked[w] = false;
#ifdef RELATIVE
  running[x] = after_grant(running[x]);
#else
  running[x] = next[x];
#endif
  target[x] = 0
}

/* Target first, then the claim, then what follows from it; the target is cleared last. */
inline grant(x, w, won) {
  if
  :: atomic { state[w] == WAITING && seq[w] == target_seq[x] ->
       state[w] = GRANTED; by[w] = x;
#ifndef PULSE_UNMARKED
       pulsed[w] = (op[x] == SIGNAL && is_pulse);
#endif
       won = won | (1 << w)
     }
     apply(x, w)
  :: atomic { else -> target[x] = 0 }
  fi
}

/* A target is read only where `target` names it, so its fields and the name are one step. */
inline aim(x, w) { next[x] = after_grant(running[x]); target_seq[x] = block_seq[w]; target[x] = w }

inline dispatch(x, w, won) {
  do
  :: d_step {
       if
       :: running[x] > 0 && eligible(W1) -> w = W1
       :: running[x] > 0 && !eligible(W1) && eligible(W2) -> w = W2
       :: else -> w = 0
       fi;
       if :: w != 0 -> aim(x, w) :: else fi
     };
     if
     :: w != 0 -> grant(x, w, won)
     :: else -> break
     fi
  od
}

inline unlock(x, known_pulse) {
  phase[x] = UNLOCK;
  d_step {
    if
    :: op[x] == SIGNAL && is_pulse && (known_pulse) -> value = 0
    :: else -> value = running[x]
    fi;
    locker = 0
  };
  d_step { phase[x] = NONE; forget(x) }
}

/* Whom to wake is known privately; if the one who knows dies, whoever recovers it asks the claims. */
inline wake_granted(won) {
  do
  :: d_step { won & (1 << W1) -> wake(W1); won = won & ~(1 << W1) }
  :: d_step { won & (1 << W2) -> wake(W2); won = won & ~(1 << W2) }
  :: else -> break
  od
}

/* The note LOCKING precedes the exchange; alone it says nothing, so one step does for both. */
inline lock(x, what) { atomic { locker == 0 -> locker = x; phase[x] = LOCKING; op[x] = what } }

proctype Signaler() {
  byte w, won;
  {
    lock(SIGNALER, SIGNAL);
#if defined(PULSE) || defined(MANUAL)
    running[SIGNALER] = 1;
#else
    running[SIGNALER] = value + UNITS;
#endif
    commit(SIGNALER);
    dispatch(SIGNALER, w, won);
    unlock(SIGNALER, true);
    wake_granted(won);
    goto over
  } unless { !alive[SIGNALER] };
over: won = 0; w = 0
}

proctype Waiter(byte me) {
  byte won;
  {
    d_step { seq[me]++; block_seq[me] = seq[me]; state[me] = WAITING; by[me] = 0 };
    lock(me, TAKE);
    if
    :: value > 0 ->
       running[me] = value;
       commit(me);
       d_step { aim(me, me) };
       grant(me, me, won);
       unlock(me, true)
    :: else ->
       linked[me] = true;
       d_step { locker = 0; phase[me] = NONE; forget(me) }
    fi;
    /* The futex compares and sleeps in one step. */
    d_step { if :: state[me] == WAITING -> in_kernel[me] = true :: else fi };
    if
    :: !in_kernel[me]
#ifdef TIME_OUT
    :: me == W2 && in_kernel[me] -> in_kernel[me] = false;
       if :: atomic { state[me] == WAITING -> state[me] = CANCELLED } :: else fi
#endif
    fi;
    if
    :: state[me] == GRANTED ->
#ifndef NO_LEAVE_RULE
       (locker != by[me]);
#endif
#ifdef PULSE
       assert(found[me]);
#endif
       d_step { state[me] = IDLE; acquired++ }
    :: state[me] == CANCELLED ->
       lock(me, TAKE);
       linked[me] = false;
       d_step { locker = 0; phase[me] = NONE; forget(me) };
       state[me] = IDLE
    fi;
    goto over
  } unless { !alive[me] };
over: won = 0
}

/* Finishes the operation of the dead thread p, as p. */
inline recover(p, w, won) {
  if
  :: locker != p -> d_step { phase[p] = NONE; target[p] = 0; forget(p) }
  :: else ->
     if
     :: phase[p] <= LOCKING -> locker = 0
     :: phase[p] == UNLOCK -> unlock(p, knows_pulse)
     :: phase[p] == DISPATCH ->
        if
        :: op[p] == GIVE ->
#ifndef GIVE_BACK_LATE
           d_step { if :: state[p] == GRANTED -> state[p] = IDLE :: else fi }
#endif
        :: else
        fi;
        if
        :: target[p] != 0 ->
           w = target[p];
           if
           :: state[w] == GRANTED && by[w] == p && seq[w] == target_seq[p] -> apply(p, w)
           :: else -> target[p] = 0
           fi
        :: else
        fi;
#ifndef ONE_GRANT
        dispatch(p, w, won);
#endif
        unlock(p, knows_pulse)
     fi;
     d_step { phase[p] = NONE; forget(p) }
  fi;
#ifndef NO_WAKE
  do
  :: d_step { state[W1] == GRANTED && by[W1] == p && in_kernel[W1] -> wake(W1) }
  :: d_step { state[W2] == GRANTED && by[W2] == p && in_kernel[W2] -> wake(W2) }
  :: else -> break
  od;
#endif
  won = 0; w = 0
}

/* The second reaper stands in for the first; with TWO_REAPERS both are at work from the start. */
#ifdef TWO_REAPERS
#define on_duty true
#else
#define on_duty (me == R1 || !alive[R1])
#endif
#define may_reap(p) (on_duty && !alive[p] && !reaped[p] && (reaper_of[p] == 0 || !alive[reaper_of[p]]))

/* A reaper never waits: what is held by the living is left for its next round. */
#define postpone(p) d_step { reaper_of[p] = 0; p = 0 }; goto again
#ifdef REAPER_BLOCKS
#define lock_as(p, what) lock(p, what)
#else
#define lock_as(p, what) \
  if :: atomic { locker == 0 -> locker = p; phase[p] = LOCKING; op[p] = what } :: else -> postpone(p) fi
#endif

proctype Reaper(byte me) {
  byte p, w, won;
  {
    skip;
again:
    atomic {
      if
      :: may_reap(SIGNALER) -> p = SIGNALER
      :: may_reap(W1) -> p = W1
      fi;
      reaper_of[p] = me
    };
    recover(p, w, won);
    if
    :: p == W1 ->
       if :: atomic { state[p] == WAITING -> state[p] = CANCELLED } :: else fi;
       if
       :: state[p] == GRANTED ->
          if :: locker != by[p] :: else -> postpone(p) fi;
#ifdef NO_GIVE_BACK
          state[p] = IDLE
#else
          lock_as(p, GIVE);
          d_step {
            running[p] = value;
            if
            :: pulsed[p] -> skip
#ifdef MANUAL
            :: else -> skip
#else
            :: else -> running[p] = value + 1
#endif
            fi
          };
          commit(p);
#ifndef GIVE_BACK_LATE
          state[p] = IDLE;
#endif
          dispatch(p, w, won);
          unlock(p, true);
          wake_granted(won);
#ifdef GIVE_BACK_LATE
          state[p] = IDLE;
#endif
#endif
       :: else
       fi;
       if
       :: linked[p] ->
          lock_as(p, TAKE);
          linked[p] = false;
          d_step { locker = 0; phase[p] = NONE; forget(p) }
       :: else
       fi
    :: else
    fi;
    d_step { reaped[p] = true; reaper_of[p] = 0; p = 0 };
    goto again
  } unless { d_step { !alive[me] -> p = 0; w = 0; won = 0 } }
}

#ifdef FAST
proctype PasserBy() {
  if
#ifdef FAST_BLIND
  :: value > 0 -> d_step { value--; passed++ }
#else
  :: atomic { locker == 0 && value > 0 -> value--; passed++ }
#endif
  :: skip
  fi
}
#endif

proctype Killer() {
  do
#ifdef KILL_SIGNALER
  :: atomic { alive[SIGNALER] -> alive[SIGNALER] = false }
#endif
#ifdef KILL_WAITER
  :: atomic { alive[W1] -> alive[W1] = false }
#endif
#ifdef KILL_REAPER
  :: atomic { alive[R1] -> alive[R1] = false }
#endif
  :: break
  od
}

init {
  atomic {
    run Waiter(W1); run Waiter(W2); run Signaler(); run Reaper(R1); run Killer();
#ifdef KILL_REAPER
    run Reaper(R2);
#endif
#ifdef FAST
    run PasserBy()
#endif
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(locker == 0);
  assert(!(value > 0 && eligible(W1)));
  assert(!(value > 0 && eligible(W2)));
  assert(!(alive[W1] && state[W1] == GRANTED));
  assert(!(alive[W2] && state[W2] == GRANTED));
#if defined(PULSE)
  assert(value == 0);
#endif
#if defined(PULSE) && defined(MANUAL)
  assert(!(alive[W1] && found[W1] && state[W1] == WAITING));
  assert(!(alive[W2] && found[W2] && state[W2] == WAITING))
#elif defined(PULSE)
  assert(acquired <= committed)
#elif defined(MANUAL)
  assert(value == committed)
#else
  assert(value + acquired + passed == committed * UNITS)
#endif
}
