import { describe, expect, it } from 'vitest';

import { NS_PER_MS, NS_PER_SEC, VirtualClock } from '../../../src/core/index.ts';
import { ActiveToxic, BodyPace, type BodyRate, type Trigger } from '../../../src/toxics/index.ts';

/** A pace on a virtual clock that sends as much as may go, and when it did. */
class Sender {
  readonly clock: VirtualClock;
  readonly pace: BodyPace;
  readonly log: string[] = [];
  #leftBytes: number;

  constructor(rates: readonly BodyRate[], bytes: number, clock = new VirtualClock()) {
    this.clock = clock;
    this.#leftBytes = bytes;
    this.pace = new BodyPace(rates, clock, () => this.send());
    this.send();
  }

  send(): void {
    while (this.#leftBytes > 0 && !this.pace.isStalled && !this.pace.isWaiting) {
      const bytes = Math.min(this.#leftBytes, this.pace.sliceBytes);
      this.#leftBytes -= bytes;
      this.log.push(`${this.clock.nowNs() / NS_PER_MS}ms ${bytes}`);
      this.pace.pay(bytes);
    }
  }
}

function slowBody(clock: VirtualClock, trigger?: Trigger): ActiveToxic {
  const toxic = {
    name: 'slow',
    type: 'http_slow_body',
    stream: 'downstream' as const,
    toxicity: 1,
    settings: { bytesPerSec: 0 },
    ...(trigger && { trigger }),
  };
  return new ActiveToxic(toxic, { seed: 1, proxy: 'p', clock });
}

describe('the pace of a body', () => {
  it('is that of the slowest rate, in 20 slices a second', () => {
    const sender = new Sender([{ bytesPerSec: 1_000 }, { bytesPerSec: 40 }], 6);
    sender.clock.advance(NS_PER_SEC);
    expect(sender.log).toEqual(['0ms 2', '50ms 2', '100ms 2']);
  });

  it('is none without rates', () => {
    expect(new Sender([], 1_000_000).log).toEqual(['0ms 1000000']);
  });

  it('grants what comes late no more than one slice at once', () => {
    const sender = new Sender([{ bytesPerSec: 40 }], 0);
    sender.clock.advance(10 * NS_PER_SEC);
    const late = new Sender([{ bytesPerSec: 40 }], 6, sender.clock);
    late.clock.advance(NS_PER_SEC);
    expect(late.log).toEqual(['10000ms 2', '10050ms 2', '10100ms 2']);
  });

  it('stalls at 0 until the toxic leaves', () => {
    const clock = new VirtualClock();
    const of = slowBody(clock);
    const sender = new Sender([{ bytesPerSec: 0, of }], 9, clock);
    clock.advance(60 * NS_PER_SEC);
    expect(sender.log).toEqual([]);
    of.leave();
    expect(sender.log).toEqual(['60000ms 9']);
  });

  it('stalls at 0 until the window of the toxic ends', () => {
    const clock = new VirtualClock();
    const of = slowBody(clock, { window: { fromNs: 0, forNs: 5 * NS_PER_MS } });
    const sender = new Sender([{ bytesPerSec: 0, of }], 9, clock);
    clock.advance(60 * NS_PER_SEC);
    expect(sender.log).toEqual(['5ms 9']);
  });

  it('keeps to the rates that are left when one goes', () => {
    const clock = new VirtualClock();
    const of = slowBody(clock);
    const sender = new Sender([{ bytesPerSec: 0, of }, { bytesPerSec: 40 }], 4, clock);
    of.leave();
    clock.advance(NS_PER_SEC);
    expect(sender.log).toEqual(['0ms 2', '50ms 2']);
  });

  it('does not wait for a toxic that left before the answer came', () => {
    const clock = new VirtualClock();
    const of = slowBody(clock);
    of.leave();
    expect(new Sender([{ bytesPerSec: 0, of }], 9, clock).log).toEqual(['0ms 9']);
  });

  it('calls nobody after its end', () => {
    const clock = new VirtualClock();
    const of = slowBody(clock);
    const sender = new Sender([{ bytesPerSec: 0, of }], 9, clock);
    sender.pace.end();
    of.leave();
    expect(sender.log).toEqual([]);
  });
});
