/*
 * The first look of a wait-any over {A, B, C}, lock-free over A and B. C is signaled all the time.
 *
 * The other side sets B before it resets A, and A before it resets B, over and over: at every instant A or B is
 * signaled, so a wait that returns C, and a poll of {A, B} that finds nothing, contradict every possible order.
 *
 * The looker collects A and B, locks C, reads A and B again, and accepts only what is unchanged. Whether "unchanged" is
 * true is decided by a counter in the same word, raised by the same exchange that makes the object signaled.
 *
 *   COUNTER=n         the counter's range; 1 is no counter; it is raised at most ROUNDS times here
 *   APART             the counter is a word of its own, raised just before the object becomes signaled
 *   POLL              the looker polls {A, B} and accepts "nothing" after a second, unchanged collect
 *   POLL_ONCE         the same after one collect
 */
#ifndef COUNTER
#define COUNTER 16
#endif
#define ROUNDS 5

bool a = true, b;
byte a_count, b_count;
bool wrong;

inline set_object(object, count) {
#ifdef APART
  count = (count + 1) % COUNTER;
  object = true
#else
  d_step { object = true; count = (count + 1) % COUNTER }
#endif
}

proctype Setter() {
  byte n;
  do
  :: n < ROUNDS ->
     set_object(b, b_count);
     a = false;
     set_object(a, a_count);
     b = false;
     n++
  :: else -> break
  od
}

/* One read each; with APART the object and its counter are two reads, the counter's first. */
inline collect(object, count, seen, seen_count) {
#ifdef APART
  seen_count = count;
  seen = object
#else
  d_step { seen = object; seen_count = count }
#endif
}

proctype Looker() {
  bool a1, b1, a2, b2;
  byte a1_count, b1_count, a2_count, b2_count;
  collect(a, a_count, a1, a1_count);
  collect(b, b_count, b1, b1_count);
#ifdef POLL_ONCE
  wrong = !a1 && !b1
#else
#ifndef POLL
  /* C is locked here: whatever order the wait takes, it takes at this instant. */
  skip;
#endif
  collect(a, a_count, a2, a2_count);
  collect(b, b_count, b2, b2_count);
  wrong = !a1 && !b1 && !a2 && !b2 && a1_count == a2_count && b1_count == b2_count
#endif
}

init {
  atomic { run Setter(); run Looker() };
  timeout ->
#ifdef REACHED
  assert(false);
#endif
  assert(!wrong)
}
