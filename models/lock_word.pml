/*
 * The lock in an object's state word: three threads want it once each, and sleep on the word.
 *
 * Who finds the lock taken sets CONTENDED and sleeps on the word as it then is. The unlock swaps the word; if CONTENDED was
 * set it wakes one sleeper. Who has slept takes the lock with CONTENDED set, for those who may sleep still. The object
 * is noted in the journal from before the first attempt until after the wake.
 *
 * What is checked when nothing can move any more: the lock is free and every living, running thread has had it.
 *
 * What happens:
 *   KILLED            one thread is killed at any step; it is recovered as soon as the kernel tells
 *   STOPPED           one thread is stopped for good at any step at which it does not hold the lock
 *   TIMED             a sleeper looks again after a while
 * What is broken:
 *   FORGET_OTHERS     who has slept takes the lock without CONTENDED
 *   LOAD_STORE        the unlock reads the word and stores a new one
 *   NO_REWAKE         recovery wakes somebody only if it had to unlock
 */
#define THREADS 3
#define VICTIM 1

byte locker;
bool contended;
bool sleeping[THREADS + 1];
bool noted[THREADS + 1], done[THREADS + 1];
bool alive = true, running = true;

inline wake_one() {
  if
  :: d_step { sleeping[1] -> sleeping[1] = false }
  :: d_step { sleeping[2] -> sleeping[2] = false }
  :: d_step { sleeping[3] -> sleeping[3] = false }
  :: else
  fi
}

inline unlock(was_contended) {
#ifdef LOAD_STORE
  was_contended = contended;
  d_step { locker = 0; contended = false };
#else
  d_step { was_contended = contended; locker = 0; contended = false };
#endif
  if :: was_contended -> wake_one() :: else fi
}

proctype Thread(byte me) {
  byte seen;
  bool slept, was_contended;
  {
    noted[me] = true;
    do
    :: atomic { locker == 0 -> locker = me;
#ifndef FORGET_OTHERS
         contended = contended || slept
#endif
       }
       break
    :: d_step { locker != 0 -> contended = true; seen = locker };
       d_step { if :: locker == seen && contended -> sleeping[me] = true :: else fi };
       if
       :: !sleeping[me]
#ifdef TIMED
       :: sleeping[me] = false
#endif
       fi;
       slept = true
    od;
    unlock(was_contended);
    noted[me] = false;
    done[me] = true;
    goto over
  } unless { me == VICTIM && (!alive || (!running && locker != VICTIM)) };
over: skip
}

/* Finishes what the dead thread was doing to the object it had noted. */
proctype Recoverer() {
  bool was_contended;
#ifdef KILLED
  !alive;
  sleeping[VICTIM] = false;
  if
  :: locker == VICTIM -> unlock(was_contended)
#ifdef NO_REWAKE
  :: else
#else
  :: locker != VICTIM && noted[VICTIM] -> wake_one()
  :: else
#endif
  fi;
#endif
  skip
}

proctype Fate() {
#ifdef KILLED
  if :: alive = false :: skip fi;
#endif
#ifdef STOPPED
  if :: running = false :: skip fi;
#endif
  skip
}

init {
  atomic { run Thread(1); run Thread(2); run Thread(3); run Recoverer(); run Fate() };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(locker == 0);
  assert(done[2] && done[3]);
  assert(done[1] || !alive || !running)
}
