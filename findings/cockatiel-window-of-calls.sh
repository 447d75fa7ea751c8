#!/usr/bin/env bash
# cockatiel 4.0.0: failures of an hour ago open a breaker that samples the last ten seconds.
#
# Behaviour: a SamplingBreaker divides its `duration` into windows, at least five and about one a second, and
#   goes on by one of them at a call, however long ago the last call was. What it counts are the calls in
#   the last ten windows that had any, over whatever time, and `minimumRps` is held against their count.
# Seen: threshold 0.5, duration 10 s, minimumRps 1. Nine calls fail in one moment, an hour passes, one call
#   fails: open, by ten calls of which one lies in the last ten seconds. Ten calls, one a minute, all fail:
#   open at the tenth, at a sixtieth of the rate that it asks for. Nine calls that fail, an hour with a call
#   that ends well each second of its last ten, one that fails: closed.
# Why it matters: the minimum is there to keep a breaker from judging a quiet callee by a call or two; at
#   night it does so all the same, by what was over long ago. The rates that one sets it by hold under
#   load alone. `tune` exports such a breaker, and its window is as long as said only where calls are steady.
# Reported: https://github.com/connor4312/cockatiel/issues/64, closed.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent cockatiel@4.0.0
cat >run.mjs <<'JS'
import { mock } from 'node:test';
import { CircuitState, SamplingBreaker, circuitBreaker, handleAll } from 'cockatiel';

// The breaker reads Date.now alone; its clock is set by hand.
mock.timers.enable({ apis: ['Date'], now: 1_000_000_000 });

function calls() {
  const breaker = new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 });
  const policy = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker });
  let sent = 0;
  const call = async (isWell) => {
    sent++;
    const action = () => (isWell ? Promise.resolve() : Promise.reject(new Error('reset')));
    await policy.execute(action).catch(() => undefined);
  };
  return { call, state: () => `${CircuitState[policy.state]} at ${sent}` };
}

const seen = [];
function note(what, state) {
  console.log(`${what}: ${state}`);
  seen.push(state);
}

const quiet = calls();
for (let call = 0; call < 9; call++) await quiet.call(false);
note('9 fail at once', quiet.state());
mock.timers.tick(3_600_000);
await quiet.call(false);
note('an hour later 1 more', quiet.state());

const slow = calls();
for (let call = 0; call < 9; call++) {
  await slow.call(false);
  mock.timers.tick(60_000);
}
note('9 fail, one a minute', slow.state());
await slow.call(false);
note('the tenth', slow.state());

const steady = calls();
for (let call = 0; call < 9; call++) await steady.call(false);
mock.timers.tick(3_590_000);
for (let second = 0; second < 10; second++) {
  await steady.call(true);
  mock.timers.tick(1_000);
}
await steady.call(false);
note('9 fail, an hour whose last 10 s have a call each, 1 more', steady.state());

const wanted = ['Closed at 9', 'Open at 10', 'Closed at 9', 'Open at 10', 'Closed at 20'];
const isSo = seen.join() === wanted.join();
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
