#!/usr/bin/env bash
# opossum 10.0.0: calls that hang no longer count for `capacity`, once they have timed out.
#
# Behaviour: at `timeout` the caller gets ETIMEDOUT and the call's place is given to the next one, while the
#   action goes on: it is not told. With an `abortController` it is, but that is one for all calls of the
#   breaker: those that were sent a moment ago end with the one that timed out.
# Seen: capacity 4, timeout 100 ms, volumeThreshold 100, a callee that answers nothing, 4 calls every
#   150 ms, ten times: none is refused, 40 are under way at once. With an `abortController`, a call that is
#   50 ms old is aborted at the timeout of one that was sent before it.
# Why it matters: a bulkhead is to bound what a hanging callee can hold, sockets and memory, and what reaches
#   the callee while it hangs. It does so as long as all answers are in time, when nobody needs it. Give
#   each action a deadline of its own, no longer than `timeout`. callgauge's bulkhead holds the place of a call
#   until it is over, and ends what of its attempts is under way then.
# Reported: https://github.com/nodeshift/opossum/issues/780 (the abort controller).
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent opossum@10.0.0
cat >run.mjs <<'JS'
import { mock } from 'node:test';
import CircuitBreaker from 'opossum';

const CAPACITY = 4;
const ROUNDS = 10;
// Without waiting: the breaker's timers run by hand.
mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });

let underWay = 0;
const action = () => {
  underWay++;
  return new Promise(() => undefined);
};
const options = { capacity: CAPACITY, timeout: 100, volumeThreshold: 100 };
const breaker = new CircuitBreaker(action, options);
const ends = {};
for (let round = 0; round < ROUNDS; round++) {
  for (let call = 0; call < CAPACITY; call++) {
    breaker.fire().catch(({ code }) => (ends[code] = (ends[code] ?? 0) + 1));
  }
  mock.timers.tick(150);
  await new Promise(setImmediate);
}
console.log(`capacity ${CAPACITY}, under way ${underWay}, ends ${JSON.stringify(ends)}`);
const isUnbound = underWay === CAPACITY * ROUNDS && ends.ETIMEDOUT === underWay;
breaker.shutdown();

const abortController = new AbortController();
const told = new CircuitBreaker(action, { ...options, abortController });
told.fire().catch(() => undefined);
mock.timers.tick(50);
const sentMs = Date.now();
let abortedMs;
abortController.signal.addEventListener('abort', () => (abortedMs = Date.now() - sentMs));
told.fire().catch(() => undefined);
mock.timers.tick(50);
console.log(`with an abortController: the second call is aborted ${abortedMs} ms after it was sent`);
told.shutdown();
const isSo = isUnbound && abortedMs === 50;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
