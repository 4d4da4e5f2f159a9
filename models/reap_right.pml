/*
 * The right to reap the process of one slot: state, nonce, reaper and turn are one word.
 *
 * A reaper reads the word, sees that the life it names is over and that the reaper it names is nobody or dead, runs the
 * barrier, and takes the right by one exchange from exactly the word it read. Long may pass between the reading
 * and the exchange. The slot may have a new life by then; the index of a dead reaper may belong to a living thread,
 * which may itself have taken the right: the turn, raised with every take, tells these words apart.
 *
 * What is checked: at most one living thread is at the dead process at a time; it is never a living process; the dead
 * write nothing while they are reaped; when nothing can move any more the process has been reaped.
 *
 * What happens: the first reaper may be killed at any step, and its index passes to a new thread; any reaper may
 * postpone, once, what it cannot finish; the slot gets a new life once it is reaped and its byte is free.
 *   KILL_THIRD        the third reaper may be killed too
 *   STRAGGLER         a thread of the dead process may still store once
 *
 * What is broken:
 *   NO_TURN           the word has no turn
 *   NO_NONCE          the word has no nonce
 *   NO_STEAL          the right is taken only where nobody has it
 *   NO_BARRIER        the barrier between the mark and the exchange is left out
 *   ANY_WORD          the exchange compares state and nonce only
 *   FREE_WHILE_NAMED  the record of a dead thread is used again although the slot still names it as reaper
 */
#define ATTACHED 1
#define ZOMBIE 2
#define NOBODY 0

/* Four threads may reap; the fourth lives later and has the index of the first. */
#define FIRST 1
#define SECOND 2
#define THIRD 3
#define HEIR 4
#define index_of(thread) (thread == HEIR -> FIRST : thread)

/* The slot word. */
byte state = ATTACHED, nonce = 1, reaper, turn;
bool byte_held = true;
/* What the thread record of an index says, and what is so. */
bool index_alive[4] = true;
bool alive[5] = true;
bool inherited;
bool at_work[5];
/* The dead process: one of its threads may still store once, until the kernel or the barrier has stopped it. */
bool straggler;
byte stores;
bool reaped;

/* Life 1 is over, life 2 is not. */
#define life_over(n) (n == 1)

#ifdef NO_NONCE
#define same_nonce(n) true
#else
#define same_nonce(n) (nonce == n)
#endif
#ifdef NO_TURN
#define same_turn(t) true
#else
#define same_turn(t) (turn == t)
#endif
#ifdef ANY_WORD
#define unchanged (state == ATTACHED && same_nonce(seen_nonce))
#else
#define unchanged (state == ATTACHED && same_nonce(seen_nonce) && reaper == seen_reaper && same_turn(seen_turn))
#endif
#ifdef NO_STEAL
#define up_for_taking(r) (r == NOBODY)
#else
#define up_for_taking(r) (r == NOBODY || !index_alive[r])
#endif
#define somebody_at_work \
  (at_work[1] && alive[1] || at_work[2] && alive[2] || at_work[3] && alive[3] || at_work[4] && alive[4])

proctype Reaper(byte me) {
  byte seen_nonce, seen_reaper, seen_turn, seen_stores;
  bool postponed;
  {
    do
    :: state != ATTACHED || !life_over(nonce) -> break
    /* Reading and judging are one step: if the word changes in between, the exchange fails. */
    :: d_step { state == ATTACHED && life_over(nonce) && up_for_taking(reaper) ->
         seen_nonce = nonce; seen_reaper = reaper; seen_turn = turn };
#ifndef NO_BARRIER
       straggler = false;
#endif
       if
       :: atomic { unchanged ->
            assert(life_over(nonce));
            assert(!somebody_at_work);
            reaper = index_of(me); turn++; at_work[me] = true };
          seen_stores = stores;
          if
          :: atomic { seen_stores == stores -> at_work[me] = false; reaped = true; state = ZOMBIE; reaper = NOBODY }
          :: atomic { seen_stores != stores -> assert(false) }
          :: d_step { !postponed -> postponed = true; at_work[me] = false; reaper = NOBODY }
          fi
       :: else
       fi;
       d_step { seen_nonce = 0; seen_reaper = 0; seen_turn = 0; seen_stores = 0 }
    od;
    goto over
  } unless { !alive[me] };
over: skip
}

#ifdef STRAGGLER
proctype Straggler() { d_step { straggler -> stores++; straggler = false } }
#endif

proctype Slot() {
  byte_held = false;
  d_step { state == ZOMBIE && !byte_held -> state = ATTACHED; nonce = 2 }
}

/* The record of a dead thread is freed and taken again, but not while the slot names it as reaper. */
#ifdef FREE_WHILE_NAMED
#define named false
#else
#define named (state == ATTACHED && reaper == FIRST)
#endif
proctype Inheritance() {
  d_step { !alive[FIRST] && !named -> index_alive[FIRST] = true; inherited = true };
  run Reaper(HEIR)
}

proctype Killer() {
  if :: d_step { alive[FIRST] = false; index_alive[FIRST] = false } :: skip fi;
#ifdef KILL_THIRD
  if :: d_step { alive[THIRD] = false; index_alive[THIRD] = false } :: skip fi;
#endif
  skip
}

init {
  atomic {
    run Reaper(FIRST); run Reaper(SECOND); run Reaper(THIRD);
#ifdef STRAGGLER
    straggler = true; run Straggler();
#endif
    run Slot(); run Inheritance(); run Killer()
  };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(reaped)
}
