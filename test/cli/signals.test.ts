import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';

import { listenForStop } from '../../src/cli/signals.ts';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';

/** A process that only notes how it was ended, with what listens to its signals. */
function stoppable() {
  const signals = new EventEmitter();
  const clock = new VirtualClock();
  const said: (string | number)[] = [];
  const stop = listenForStop({
    clock,
    leaving: () => said.push('leaving'),
    process: Object.assign(signals, {
      exit: (code: number) => said.push(code),
    }) as unknown as NodeJS.Process,
  });
  stop.onStop(() => said.push('stopping'));
  const send = (signal: NodeJS.Signals): boolean => signals.emit(signal, signal);
  const wait = (ms: number): void => clock.advance(ms * NS_PER_MS);
  return { stop, said, send, wait, signals };
}

describe('signals that ask a command to stop', () => {
  it('end it in order at the first, and at once at one that comes later', () => {
    const { stop, said, send, wait } = stoppable();
    expect(stop.exitCode()).toBe(undefined);
    send('SIGINT');
    expect(stop.exitCode()).toBe(130);
    expect(stop.signal.aborted).toBe(true);
    wait(500);
    send('SIGINT');
    expect(said).toEqual(['stopping', 'leaving', 130]);
  });

  it('are one press where npm passes on what the terminal has already sent', () => {
    const { said, send, wait } = stoppable();
    send('SIGINT');
    wait(0.7);
    send('SIGINT');
    wait(498);
    send('SIGTERM');
    expect(said).toEqual(['stopping']);
    wait(2);
    send('SIGINT');
    expect(said).toEqual(['stopping', 'leaving', 130]);
  });

  it('keep the code of the first', () => {
    const { stop, said, send, wait } = stoppable();
    send('SIGTERM');
    wait(1_000);
    send('SIGINT');
    expect(stop.exitCode()).toBe(143);
    expect(said.at(-1)).toBe(143);
  });

  it('are not listened to any more once that is over', () => {
    const { stop, signals } = stoppable();
    stop.dispose();
    expect(signals.eventNames()).toEqual([]);
  });
});
