/*
 * One semaphore, one thread that waits three times with deadlines, one granter that may be stopped or killed inside
 * its operation.
 *
 * What a wait cannot leave cleanly it leaves behind: its context, that is claim, seq and block. The next wait
 * takes another context. A context is free again when its block is unlinked and its granter no longer holds the
 * object.
 *
 * What is checked when nothing can move any more: units are neither lost nor doubled; with STOPPED every wait has come
 * back although the granter never will; a context is never taken while its block is linked.
 *
 * What happens:
 *   KILLED            the granter is killed at any step
 *   STOPPED           the granter is stopped for good at any step
 *   KILL_THREAD       the thread is killed at any step; its reaper gives back what was granted and not acknowledged
 * How a wait ends at its deadline, if not as above:
 *   STAY              a granted waiter stays until the granter unlocks (sound, but late: see STOPPED)
 *   EARLY             it takes its result and uses the same claim again
 *   GRANTED_AGAIN     a context left behind keeps the state it was granted in, as if it were not acknowledged
 *   FREE_AT_ONCE      it takes another context, but the old one counts as free whatever its granter does
 */
#define THREAD 1
#define GRANTER 2

#define IDLE 0
#define WAITING 1
#define GRANTED 2
#define CANCELLED 3
/* Granted and acknowledged, but not to be left yet. */
#define LEFT 4

#define CONTEXTS 2
#define WAITS 3
#define OPERATIONS 2
#define NOBODY 9

byte locker, value;
byte state[CONTEXTS], seq[CONTEXTS], by[CONTEXTS], block_seq[CONTEXTS];
bool linked[CONTEXTS];
/* The granter's journal. */
bool dispatching;
byte running, next, target = NOBODY, target_seq;
bool alive = true, thread_alive = true;
byte published, acquired, finished, ran_dry;

#define queued(c) (linked[c] && state[c] == WAITING && seq[c] == block_seq[c])
#define orphan(c) (linked[c] && !(state[c] == WAITING && seq[c] == block_seq[c]))
inline apply(c) { linked[c] = false; running = next; target = NOBODY }

/* Whoever holds the lock serves the queue and clears it of what was left behind. */
inline dispatch(c) {
  do
  :: d_step { orphan(0) && state[0] == CANCELLED -> linked[0] = false }
  :: d_step { orphan(1) && state[1] == CANCELLED -> linked[1] = false }
  :: d_step { running > 0 && (queued(0) || queued(1)) ->
       c = (queued(0) -> 0 : 1);
       next = running - 1; target_seq = block_seq[c]; target = c };
     if
     :: atomic { state[c] == WAITING && seq[c] == target_seq -> state[c] = GRANTED; by[c] = GRANTER }; apply(c)
     :: atomic { else -> target = NOBODY }
     fi
  :: else -> break
  od
}

inline unlock() {
  d_step { value = running; published++; locker = 0; dispatching = false; running = 0; next = 0; target_seq = 0 }
}

proctype Granter() {
  byte c, n;
  {
    do
    :: n < OPERATIONS ->
       atomic { locker == 0 -> locker = GRANTER };
       running = value + 1;
       dispatching = true;
       dispatch(c);
       unlock();
       n++
    :: else -> break
    od;
    goto over
  } unless { !alive };
over: skip
}

proctype Recoverer() {
  byte c;
#ifdef KILLED
  !alive;
  if
  :: locker == GRANTER && !dispatching -> locker = 0
  :: locker == GRANTER && dispatching ->
     if
     :: target != NOBODY ->
        c = target;
        if
        :: (state[c] == GRANTED || state[c] == LEFT) && by[c] == GRANTER && seq[c] == target_seq -> apply(c)
        :: else -> target = NOBODY
        fi
     :: else
     fi;
     dispatch(c);
     unlock()
  :: else
  fi;
#endif
  skip
}

/* A context that was left behind is free when neither its block nor its granter can matter any more. */
#ifdef FREE_AT_ONCE
#define free(c) (state[c] == IDLE || !linked[c])
#else
#define free(c) (state[c] == IDLE || (!linked[c] && locker != by[c]))
#endif

/* The wait returns: its result is the thread's from here on. */
#ifdef GRANTED_AGAIN
#define acknowledge(c, how) d_step { acquired++; state[c] = (how == LEFT -> GRANTED : how) }
#else
#define acknowledge(c, how) d_step { acquired++; state[c] = how }
#endif

/* Takes the lock, or gives up: the deadline has passed. */
#define try_lock(yes) if :: atomic { locker == 0 -> locker = THREAD; yes = true } :: yes = false fi

proctype Thread() {
  byte c, n;
  bool held;
  {
    do
    :: n == WAITS -> break
    :: n < WAITS ->
       if
       :: d_step { free(0) -> c = 0 }
       :: d_step { !free(0) && free(1) -> c = 1 }
       :: else -> ran_dry = true; break
       fi;
       assert(!linked[c]);
       d_step { state[c] = WAITING; seq[c]++; by[c] = 0 };
       try_lock(held);
       if
       :: held && value > 0 -> d_step { value--; acquired++; locker = 0; state[c] = IDLE }
       :: held && value == 0 ->
          d_step { linked[c] = true; block_seq[c] = seq[c] };
          locker = 0;
          if
          :: state[c] == GRANTED
          :: atomic { state[c] == WAITING -> state[c] = CANCELLED }
          fi;
          if
          :: state[c] == GRANTED ->
#if defined(STAY)
             locker != by[c];
             acknowledge(c, IDLE)
#elif defined(EARLY)
             acknowledge(c, IDLE)
#else
             if
             :: locker != by[c] -> acknowledge(c, IDLE)
             :: else -> acknowledge(c, LEFT)
             fi
#endif
          :: else ->
             try_lock(held);
             if
             :: held -> linked[c] = false; locker = 0; state[c] = IDLE
             :: else
             fi
          fi
       :: else -> d_step { state[c] = IDLE }
       fi;
       n++
    od;
    finished = true;
    goto over
  } unless { !thread_alive };
over: skip
}

/* Acts for the thread when it is dead: gives back what it never acknowledged, and nothing else. */
proctype Reaper() {
  byte c;
#ifdef KILL_THREAD
  !thread_alive;
  if :: locker == THREAD -> locker = 0 :: else fi;
  do
  :: c < CONTEXTS ->
     if :: atomic { state[c] == WAITING -> state[c] = CANCELLED } :: else fi;
     if
     :: state[c] == GRANTED ->
        (locker != by[c]);
        atomic { locker == 0 -> locker = THREAD };
        d_step { value++; state[c] = IDLE; locker = 0 }
     :: else
     fi;
     if
     :: linked[c] -> atomic { locker == 0 -> locker = THREAD }; linked[c] = false; locker = 0
     :: else
     fi;
     c++
  :: else -> break
  od;
  finished = true;
#endif
  skip
}

proctype Fate() {
#ifdef KILLED
  if :: alive = false :: skip fi;
#endif
#ifdef STOPPED
  if :: alive = false :: skip fi;
#endif
#ifdef KILL_THREAD
  if :: thread_alive = false :: skip fi;
#endif
  skip
}

init {
  atomic { run Granter(); run Thread(); run Recoverer(); run Reaper(); run Fate() };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(finished);
#ifndef STOPPED
  assert(locker == 0);
  assert(value + acquired == published)
#endif
}
