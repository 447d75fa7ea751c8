import { NS_PER_MS, VirtualClock, type Clock, type Ns } from '../../src/core/index.ts';
import {
  ActiveToxic,
  LinkChain,
  type Direction,
  type SettingValues,
  type Toxic,
} from '../../src/toxics/index.ts';
import { RecordedOutput } from './recorded-output.ts';

/** Which chain it is; a seed and a connection of another number draw otherwise. */
export interface StandOptions {
  readonly seed?: number;
  readonly connection?: number;
  readonly direction?: Direction;
  readonly clock?: VirtualClock;
  /** By how much every timer of the chain fires too late. */
  readonly lateNs?: Ns;
}

/** A chain of toxics on a virtual clock, with what came out of it and whom it touched. */
export class ChainStand {
  readonly clock: VirtualClock;
  readonly out: RecordedOutput;
  readonly chain: LinkChain;
  readonly touched: string[] = [];
  /** When toxics acted, `3ms latency`, passed something as it came, brought the connection down. */
  readonly acts: string[] = [];
  readonly passes: string[] = [];
  readonly breaks: string[] = [];
  readonly #seed: number;

  constructor(options: StandOptions = {}) {
    const { seed = 1, connection = 0, direction = 'downstream' } = options;
    this.#seed = seed;
    this.clock = options.clock ?? new VirtualClock();
    this.out = new RecordedOutput(this.clock);
    const identity = { seed, proxy: 'payment', connection, direction };
    const clock = options.lateNs === undefined ? this.clock : late(this.clock, options.lateNs);
    this.chain = new LinkChain(clock, identity, this.out, {
      touched: (name) => void this.touched.push(name),
      acted: (name) => void this.acts.push(`${this.#nowMs()}ms ${name}`),
      broke: (name) => void this.breaks.push(`${this.#nowMs()}ms ${name}`),
      passed: (name) => void this.passes.push(`${this.#nowMs()}ms ${name}`),
      holdsLess: () => undefined,
    });
  }

  /** What came out so far: `3ms abc`, `4ms FIN`, `5ms RST`, `6ms CLOSE`. */
  get log(): readonly string[] {
    return this.out.log;
  }

  /** Puts a toxic on the chain, under its type's name by default; returns it. */
  put(type: string, settings: SettingValues = {}, rest: Partial<Toxic> = {}): ActiveToxic {
    const active = this.activate(type, settings, rest);
    this.chain.add(active);
    return active;
  }

  /** Returns a toxic at work that is in no chain yet. */
  activate(type: string, settings: SettingValues = {}, rest: Partial<Toxic> = {}): ActiveToxic {
    const toxic: Toxic = { name: type, type, stream: 'downstream', toxicity: 1, settings, ...rest };
    return new ActiveToxic(toxic, { seed: this.#seed, proxy: 'payment', clock: this.clock });
  }

  /** Changes a toxic and notifies the chain. */
  change(active: ActiveToxic, settings: SettingValues): void {
    active.change({ settings });
    this.chain.updated(active.toxic.name);
  }

  write(content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.chain.data({ bytes, receivedNs: this.clock.nowNs() });
  }

  end(): void {
    this.chain.end();
  }

  passMs(ms: number): void {
    this.clock.advance(ms * NS_PER_MS);
  }

  #nowMs(): number {
    return this.clock.nowNs() / NS_PER_MS;
  }
}

function late(clock: VirtualClock, lateNs: Ns): Clock {
  return {
    originEpochMs: clock.originEpochMs,
    nowNs: () => clock.nowNs(),
    after: (delayNs, fire) => clock.after(delayNs + lateNs, fire),
  };
}
