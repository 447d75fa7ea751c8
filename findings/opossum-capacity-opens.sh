#!/usr/bin/env bash
# opossum 10.0.0: calls that its own `capacity` refuses open the breaker of a callee that never failed.
#
# Behaviour: what goes beyond `capacity` is refused with ESEMLOCKED before it is sent, and counted among
#   the failures by which the breaker opens. Refusals of an open breaker are not. `errorFilter` sees the
#   refusals too, and can take them out.
# Seen: 20 calls at once, capacity 4, volumeThreshold 10: 4 are sent and answered, 6 more are refused by
#   capacity, then the breaker is open and refuses the other 10, and whoever comes after them for the
#   length of resetTimeout. With an errorFilter for ESEMLOCKED: 16 refusals, closed.
# Why it matters: a bulkhead that sheds a burst as it should takes away the whole callee, for 30 s by
#   default, and the count of failures says that the callee was at fault. `tune` exports opossum's
#   options with that errorFilter and a volumeThreshold.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent opossum@10.0.0
cat >run.mjs <<'JS'
import CircuitBreaker from 'opossum';

async function burst(what, options) {
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  let sent = 0;
  const action = async () => {
    sent++;
    await answered;
    return 'ok';
  };
  const limits = { capacity: 4, volumeThreshold: 10, timeout: false };
  const breaker = new CircuitBreaker(action, { ...limits, ...options });
  const calls = [];
  for (let call = 0; call < 20; call++) {
    calls.push(breaker.fire().catch((error) => error.code));
    // Each refusal is counted before the next call comes.
    await new Promise(setImmediate);
  }
  answer();
  const ends = {};
  for (const end of await Promise.all(calls)) ends[end] = (ends[end] ?? 0) + 1;
  const next = await breaker.fire().catch((error) => error.code);
  const state = breaker.opened ? 'open' : 'closed';
  breaker.shutdown();
  console.log(`${what}: sent ${sent}, ${JSON.stringify(ends)}, then ${state}; the next call: ${next}`);
  return `${ends.ok} ${ends.ESEMLOCKED} ${ends.EOPENBREAKER ?? 0} ${state} ${next}`;
}

const plain = await burst('as it is', {});
const errorFilter = (error) => error.code === 'ESEMLOCKED';
const filtered = await burst('with an errorFilter', { errorFilter });
const isSo = plain === '4 6 10 open EOPENBREAKER' && filtered === '4 16 0 closed ok';
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
