import { setImmediate as turnOfLoop, setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ns, systemClock } from '../../src/core/index.ts';
import { LoopWatch } from '../../src/sender/loop-watch.ts';
import { plainPair, type SocketPair } from './socket-pairs.ts';

const clock = systemClock();
let watch: LoopWatch;
const pairs: SocketPair[] = [];

afterEach(() => {
  watch.stop();
  for (const { close } of pairs.splice(0)) close();
});

describe('how long an answer lay unread', () => {
  it('is told in full where it came while others were read', async () => {
    const first = await newPair();
    const second = await newPair();
    await beginWatch();
    let cameNs = 0;
    first.socket.once('data', () => {
      // With the kernel at once, and not among what this poll has found.
      second.peer.write('an answer');
      cameNs = clock.nowNs();
      work();
    });
    const isRead = readOf(second);
    first.peer.write('another');
    const { readNs, unreadNs } = await isRead;
    expect(unreadNs).toBeGreaterThanOrEqual(readNs - cameNs);
  });

  it('has no sleep of the loop in it', async () => {
    const pair = await newPair();
    await beginWatch();
    const fromNs = clock.nowNs();
    await pause(20);
    const isRead = readOf(pair);
    pair.peer.write('an answer');
    const { readNs, unreadNs } = await isRead;
    expect(unreadNs).toBeLessThan(readNs - fromNs);
  });
});

async function newPair(): Promise<SocketPair> {
  const pair = await plainPair();
  pairs.push(pair);
  return pair;
}

/** Begins to watch, and lets two turns pass: what came before them is none of what is asked. */
async function beginWatch(): Promise<void> {
  watch = new LoopWatch(clock);
  watch.begin();
  await turnOfLoop();
  await turnOfLoop();
}

function readOf({ socket }: SocketPair): Promise<{ readNs: Ns; unreadNs: Ns }> {
  return new Promise((resolve) => {
    socket.once('data', () => {
      const readNs = clock.nowNs();
      resolve({ readNs, unreadNs: watch.unreadForNs(readNs) });
    });
  });
}

/** Some ten milliseconds of computing. */
function work(): number {
  let sum = 0;
  for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
  return sum;
}
