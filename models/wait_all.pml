/*
 * Two auto-reset events. W waits for both, V for the second; S0 sets the first, S1 the second.
 *
 * There is no lock for wait-all. An operation locks its set in index order; where it meets a taken lock it lets go
 * of everything before it sleeps. A signaler looks, holding its own object, at the other object of the
 * all-waiter in its queue: signaled or locked, that object joins the set, and the signaler starts again.
 *
 * What is checked when nothing can move any more:
 *   - no object is locked; nobody living sleeps beside what would satisfy it;
 *   - each event was consumed exactly as often as it was set, by those who live;
 *   - a waiter that has left is linked nowhere.
 *
 * What happens:
 *   KILL_SIGNALER     S0 is killed at any step
 *   KILL_REAPER       the first reaper is killed at any step
 *   KILL_WAITER       W is killed at any step; its reaper gives back what W was granted and never acknowledged
 *   TIME_OUT          W may reach its deadline
 *   STOPPED           somebody locks the first object and is stopped for good
 *   LATECOMER         somebody polls the first event, then waits for it
 *   OWNED             the first object is a mutex that W owns already (only S1 signals)
 * What is broken:
 *   IGNORE_LOCK       the look takes a locked word for what it shows
 *   LATE_LOOK         the look happens before the lock is held, and is not repeated
 *   BLIND_LOOK        the look sees the word, not what it means to the waiter (OWNED)
 *   SLEEP_HOLDING     an operation sleeps on a lock while it holds another
 *   NO_LEAVE_RULE     W is gone as soon as it is granted
 *   NO_UNLOCK_PHASE   the first unlock is not announced in the journal
 *   APPLY_LATE        a grant is applied to each object at its unlock; recovery asks the claim whether to
 *   LEAVE_FIRST       W leaves when the first object of its set is unlocked
 *   HALF_GIVE_BACK    the reaper gives back one object after the other, not both in one operation
 */
#define W 1
#define V 2
#define U 8
#define S0 3
#define S1 4
#define R1 5
#define R2 6
#define STRANGER 7

#define IDLE 0
#define WAITING 1
#define GRANTED 2
#define CANCELLED 3

#define NONE 0
#define DISPATCH 1
#define UNLOCK 2

#define FIRST 1
#define SECOND 2
#define BOTH 3

byte locker[2];
bool signaled[2];
bool w_linked[2], v_linked, u_linked;
byte recursion = 1;
/* Claims; each is one word. A second wait of W has seq 2. */
byte w_state, w_by, w_seq;
byte v_state, v_by;
byte u_state, u_by;
/* Journals of W, S0 and S1 (V does nothing that needs one); reapers write into those of the dead. */
byte phase[5], set[5], target[5];
bool run0[5], run1[5], giving[5];
byte deeper[5];
bool alive[8] = true;
byte reaper_of[5];
bool reaped[5];
byte was_set[2], taken[2];

#ifdef OWNED
#define first_for_w(word) true
#else
#define first_for_w(word) (word)
#endif
#ifdef BLIND_LOOK
#define first_looks(word) (word)
#else
#define first_looks(word) first_for_w(word)
#endif
#ifdef IGNORE_LOCK
#define looks_ready(o) (o == 0 -> first_looks(signaled[0]) : signaled[1])
#else
#define looks_ready(o) (locker[o] != 0 || (o == 0 -> first_looks(signaled[0]) : signaled[1]))
#endif

#define forget(x) set[x] = 0; run0[x] = 0; run1[x] = 0; giving[x] = 0; deeper[x] = 0

inline publish(x, o) {
#ifdef APPLY_LATE
  if :: target[x] == W && locker[o] == x -> w_linked[o] = false; run0[x] = false; run1[x] = false :: else fi;
#endif
  d_step {
    if
    :: locker[o] == x ->
       if
       :: o == 0 ->
#ifdef OWNED
          recursion = deeper[x]
#else
          signaled[0] = run0[x]
#endif
       :: else -> signaled[1] = run1[x]
       fi;
       if
       :: x >= S0 && o == x - S0 -> was_set[o]++
       :: else
       fi;
       locker[o] = 0
    :: else
    fi
  }
}

/* Lets go of o with nothing changed. */
inline let_go(x, o) { d_step { if :: locker[o] == x -> locker[o] = 0 :: else fi } }

/* All locks of the set, in index order. */
inline lock_set(x) {
  do
  :: (set[x] & FIRST) && locker[0] != x ->
     if
     :: atomic { locker[0] == 0 -> locker[0] = x }
     :: atomic { locker[0] != 0 ->
#ifndef SLEEP_HOLDING
          let_go(x, 1)
#endif
        };
        locker[0] == 0
     fi
  :: !((set[x] & FIRST) && locker[0] != x) && (set[x] & SECOND) && locker[1] != x ->
     if
     :: atomic { locker[1] == 0 -> locker[1] = x }
     :: atomic { locker[1] != 0 ->
#ifndef SLEEP_HOLDING
          let_go(x, 0)
#endif
        };
        locker[1] == 0
     fi
  :: else -> break
  od
}

#define w_eligible(x) \
  (set[x] == BOTH && w_linked[0] && w_linked[1] && alive[W] && w_state == WAITING && first_for_w(run0[x]) && run1[x])
#define v_eligible(x) ((set[x] & SECOND) && v_linked && v_state == WAITING && run1[x] && target[x] != W)
#define u_eligible(x) ((set[x] & FIRST) && u_linked && u_state == WAITING && run0[x] && target[x] != W)

/* Repeatable: absolute values only, the target last. */
inline apply(x) {
  if
#ifdef APPLY_LATE
  :: target[x] == W -> skip
#else
  :: target[x] == W ->
     w_linked[0] = false; w_linked[1] = false;
     d_step { run0[x] = false; run1[x] = false; deeper[x] = 2 };
     target[x] = 0
#endif
  :: target[x] == V -> v_linked = false; run1[x] = false; target[x] = 0
  :: target[x] == U -> u_linked = false; run0[x] = false; target[x] = 0
  fi
}

inline dispatch(x) {
  do
  :: d_step { w_eligible(x) -> target[x] = W };
     if
     :: atomic { w_state == WAITING -> w_state = GRANTED; w_by = x }; apply(x)
     :: atomic { else -> target[x] = 0 }
     fi
  :: d_step { v_eligible(x) -> target[x] = V };
     if
     :: atomic { v_state == WAITING -> v_state = GRANTED; v_by = x }; apply(x)
     :: atomic { else -> target[x] = 0 }
     fi
#ifdef LATECOMER
  :: d_step { u_eligible(x) -> target[x] = U };
     if
     :: atomic { u_state == WAITING -> u_state = GRANTED; u_by = x }; apply(x)
     :: atomic { else -> target[x] = 0 }
     fi
#endif
  :: atomic { !w_eligible(x) && !v_eligible(x) && !u_eligible(x) -> break }
  od
}

inline unlock_set(x) {
#ifndef NO_UNLOCK_PHASE
  phase[x] = UNLOCK;
#endif
  publish(x, 0);
  publish(x, 1);
  d_step { phase[x] = NONE; target[x] = 0; forget(x) }
}

inline commit(x) { phase[x] = DISPATCH }

proctype Signaler(byte me; byte mine) {
  byte other;
  {
    d_step { other = 1 - mine; set[me] = 1 << mine };
again:
#ifdef LATE_LOOK
    skip;
    d_step { if :: w_linked[mine] && w_state == WAITING && looks_ready(other) -> set[me] = BOTH :: else fi };
#endif
    lock_set(me);
#ifdef LATE_LOOK
    skip;
#else
    if
    :: atomic { set[me] != BOTH && w_linked[mine] && w_state == WAITING && looks_ready(other) ->
#ifndef SLEEP_HOLDING
         let_go(me, mine);
#endif
         set[me] = BOTH }
       goto again
    :: else
    fi;
#endif
    d_step {
      run0[me] = signaled[0]; run1[me] = signaled[1]; deeper[me] = recursion;
      if :: mine == 0 -> run0[me] = true :: else -> run1[me] = true fi
    };
    commit(me);
    dispatch(me);
    unlock_set(me);
    goto over
  } unless { !alive[me] };
over: skip
}

proctype AllWaiter() {
  {
    d_step { w_state = WAITING; w_seq = 1; set[W] = BOTH };
    lock_set(W);
    if
    :: first_for_w(signaled[0]) && signaled[1] ->
       d_step { run0[W] = true; run1[W] = true; deeper[W] = recursion };
       commit(W);
       target[W] = W;
       if
       :: atomic { w_state == WAITING -> w_state = GRANTED; w_by = W }; apply(W)
       :: atomic { else -> target[W] = 0 }
       fi;
       unlock_set(W)
    :: else ->
       w_linked[0] = true; w_linked[1] = true;
       locker[0] = 0; locker[1] = 0;
       d_step { forget(W) }
    fi;
    if
    :: w_state != WAITING
#ifdef TIME_OUT
    :: atomic { w_state == WAITING -> w_state = CANCELLED }
#endif
    fi;
    if
    :: w_state == GRANTED ->
#ifndef NO_LEAVE_RULE
       (locker[0] != w_by);
#ifndef LEAVE_FIRST
       (locker[1] != w_by);
#endif
#endif
       assert(!w_linked[0] && !w_linked[1]);
       d_step { w_state = IDLE; w_seq = 2; taken[0]++; taken[1]++ }
    :: w_state == CANCELLED ->
       atomic { locker[0] == 0 -> locker[0] = W }; w_linked[0] = false; locker[0] = 0;
       atomic { locker[1] == 0 -> locker[1] = W }; w_linked[1] = false; locker[1] = 0;
       w_state = IDLE
    fi;
    goto over
  } unless { !alive[W] };
over: skip
}

proctype AnyWaiter() {
  v_state == GRANTED;
  (locker[1] != v_by);
  assert(!v_linked);
  d_step { v_state = IDLE; taken[1]++ }
}

#ifdef LATECOMER
/* Takes the first event by the fast path if it can, and comes back to wait for it. */
proctype Latecomer() {
  if :: atomic { locker[0] == 0 && signaled[0] -> signaled[0] = false; taken[0]++ } :: skip fi;
  u_state = WAITING;
  atomic { locker[0] == 0 -> locker[0] = U };
  if
  :: signaled[0] -> d_step { signaled[0] = false; locker[0] = 0; u_state = GRANTED; u_by = U }
  :: else -> u_linked = true; locker[0] = 0
  fi;
  u_state == GRANTED;
  (locker[0] != u_by);
  d_step { u_state = IDLE; taken[0]++ }
}
#endif

/* Finishes the operation of the dead p, as p, and takes no lock. */
inline recover(p) {
  if
  :: phase[p] == NONE -> let_go(p, 0); let_go(p, 1)
  :: phase[p] == UNLOCK -> unlock_set(p)
  :: phase[p] == DISPATCH ->
     d_step { if :: giving[p] && w_state == GRANTED -> w_state = IDLE :: else fi };
     if
     :: ((target[p] == W && w_state == GRANTED && w_by == p && w_seq == 1)
         || (target[p] == V && v_state == GRANTED && v_by == p)
         || (target[p] == U && u_state == GRANTED && u_by == p)) -> apply(p)
     :: else -> target[p] = 0
     fi;
     dispatch(p);
     unlock_set(p)
  fi;
  d_step { forget(p) }
}

#define may_reap(p) (!alive[p] && !reaped[p] && (reaper_of[p] == 0 || !alive[reaper_of[p]]))
#define postpone(p) d_step { reaper_of[p] = 0; p = 0 }; goto again
#define try_lock(p, o) if :: atomic { locker[o] == 0 -> locker[o] = p } :: else -> let_go(p, 0); postpone(p) fi

proctype Reaper(byte me) {
  byte p;
  {
    skip;
again:
    atomic {
      if
      :: may_reap(S0) -> p = S0
      :: may_reap(W) -> p = W
      fi;
      reaper_of[p] = me
    };
    recover(p);
    if
    :: p == W ->
       if :: atomic { w_state == WAITING -> w_state = CANCELLED } :: else fi;
       if
       :: w_state == GRANTED ->
          if :: locker[0] != w_by && locker[1] != w_by :: else -> postpone(p) fi;
#ifdef HALF_GIVE_BACK
          try_lock(p, 0);
          d_step { set[p] = FIRST; run0[p] = true };
          commit(p); dispatch(p); unlock_set(p);
          try_lock(p, 1);
          d_step { set[p] = SECOND; run1[p] = true; giving[p] = true };
          commit(p); w_state = IDLE; dispatch(p); unlock_set(p)
#else
          try_lock(p, 0); try_lock(p, 1);
          d_step { set[p] = BOTH; run0[p] = true; run1[p] = true; giving[p] = true };
          commit(p);
          w_state = IDLE;
          dispatch(p);
          unlock_set(p)
#endif
       :: else
       fi;
       if :: w_linked[0] -> try_lock(p, 0); w_linked[0] = false; locker[0] = 0 :: else fi;
       if :: w_linked[1] -> try_lock(p, 1); w_linked[1] = false; locker[1] = 0 :: else fi
    :: else
    fi;
    d_step { reaped[p] = true; reaper_of[p] = 0; p = 0 };
    goto again
  } unless { d_step { !alive[me] -> p = 0 } }
}

#ifdef STOPPED
proctype Stranger() { atomic { locker[0] == 0 -> locker[0] = STRANGER } }
#endif

proctype Killer() {
  do
#ifdef KILL_SIGNALER
  :: atomic { alive[S0] -> alive[S0] = false }
#endif
#ifdef KILL_WAITER
  :: atomic { alive[W] -> alive[W] = false }
#endif
#ifdef KILL_REAPER
  :: atomic { alive[R1] -> alive[R1] = false }
#endif
  :: break
  od
}

init {
  atomic {
    run AllWaiter();
#ifndef OWNED
    if :: v_linked = true; v_state = WAITING; run AnyWaiter() :: skip fi;
    run Signaler(S0, 0);
#endif
    run Signaler(S1, 1);
    run Reaper(R1); run Killer();
#ifdef KILL_REAPER
    run Reaper(R2);
#endif
#ifdef LATECOMER
    run Latecomer();
#endif
#ifdef STOPPED
    run Stranger()
#endif
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
#ifdef STOPPED
  /* Only the object of the stopped one is out of reach; nobody drags others along. */
  assert(locker[1] == 0)
#else
  assert(locker[0] == 0 && locker[1] == 0);
  assert(!(alive[W] && w_state == WAITING && first_for_w(signaled[0]) && signaled[1]));
  assert(!(u_linked && u_state == WAITING && signaled[0]));
  assert(!(v_linked && v_state == WAITING && signaled[1]));
#ifdef OWNED
  assert(recursion == 1 + taken[0]);
#else
  assert(signaled[0] + taken[0] == was_set[0]);
#endif
  assert(signaled[1] + taken[1] == was_set[1])
#endif
}
