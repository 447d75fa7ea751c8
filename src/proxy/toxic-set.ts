import { HarnessError, type Clock } from '../core/index.ts';
import {
  ActiveToxic,
  TOXIC_KINDS,
  type SettingValues,
  type Toxic,
  type ToxicKind,
} from '../toxics/index.ts';
import { nameList } from './name-list.ts';

/** The proxy whose toxics they are. */
export interface ToxicSetContext {
  readonly seed: number;
  readonly proxy: string;
  readonly protocol: 'tcp' | 'http';
  readonly clock: Clock;
}

/** On one proxy. */
const TOXICS_MAX = 1_000;

interface Entry {
  readonly active: ActiveToxic;
  readonly kind: ToxicKind;
}

/** The toxics on one proxy, by what they work on, in the order in which they were put on. */
export class ToxicSet {
  readonly #context: ToxicSetContext;
  readonly #entries = new Map<string, Entry>();
  #onStreams: readonly ActiveToxic[] = [];
  #onRequests: readonly ActiveToxic[] = [];
  #onConnections: readonly ActiveToxic[] = [];

  constructor(context: ToxicSetContext) {
    this.#context = context;
  }

  /** Those that work on the bytes of connections. */
  get onStreams(): readonly ActiveToxic[] {
    return this.#onStreams;
  }

  /** Those that work on HTTP requests. */
  get onRequests(): readonly ActiveToxic[] {
    return this.#onRequests;
  }

  /** Whether a toxic refuses every connection there is, so that the port can be closed. */
  get refusesAll(): boolean {
    return this.#onConnections.some(({ toxic }) => isForAll(toxic));
  }

  /** Returns the toxics with their current settings: those upstream first. */
  list(): readonly Toxic[] {
    const all = [...this.#entries.values()].map(({ active }) => active.toxic);
    const of = (stream: Toxic['stream']): Toxic[] => all.filter((toxic) => toxic.stream === stream);
    return [...of('upstream'), ...of('downstream')];
  }

  /** Returns the name of the toxic that refuses the connection of this number; undefined: none. */
  refusing(connection: number): string | undefined {
    return this.#onConnections.find((active) => active.worksOnConnection(connection))?.toxic.name;
  }

  /**
   * Returns the toxic at work.
   * @throws TOXIC_EXISTS, TOXIC_INVALID where the proxy cannot do what it asks.
   */
  add(toxic: Toxic): ActiveToxic {
    const { proxy, seed, clock } = this.#context;
    if (this.#entries.has(toxic.name)) {
      throw new HarnessError('TOXIC_EXISTS', `proxy ${proxy} has a toxic ${toxic.name} already`, {
        hint: 'Give the toxic another name, or remove the one that is there.',
      });
    }
    if (this.#entries.size >= TOXICS_MAX) {
      const message = `proxy ${proxy} has ${TOXICS_MAX} toxics, which is the most`;
      throw new HarnessError('TOXIC_INVALID', message, { hint: 'Take some of them off first.' });
    }
    const kind = this.#kindOf(toxic);
    const active = new ActiveToxic(toxic, { seed, proxy, clock });
    this.#entries.set(toxic.name, { active, kind });
    this.#sort();
    return active;
  }

  /** @throws TOXIC_NOT_FOUND */
  change(name: string, change: ToxicChange): ActiveToxic {
    const { active } = this.#entry(name);
    active.change(change);
    return active;
  }

  /** @throws TOXIC_NOT_FOUND */
  remove(name: string): void {
    const { active } = this.#entry(name);
    this.#entries.delete(name);
    this.#sort();
    active.leave();
  }

  /** Takes the timers of all back; they stay on the proxy. */
  end(): void {
    for (const { active } of this.#entries.values()) active.end();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw new HarnessError(
      'TOXIC_NOT_FOUND',
      `proxy ${this.#context.proxy} has no toxic ${name}, it has ${nameList(this.#entries.keys())}`,
      { hint: 'Name a toxic that is on the proxy.' },
    );
  }

  #kindOf(toxic: Toxic): ToxicKind {
    const kind = TOXIC_KINDS.get(toxic.type);
    const subject = `toxic ${toxic.name} of proxy ${this.#context.proxy}`;
    if (!kind) {
      throw new HarnessError('TOXIC_INVALID', `${subject} has the unknown type ${toxic.type}`, {
        hint: `Write one of ${[...TOXIC_KINDS.keys()].join(', ')}.`,
      });
    }
    if (kind.works === 'request' && this.#context.protocol !== 'http') {
      const message = `${subject} works on HTTP requests (${toxic.type}), but the proxy reads none`;
      const hint =
        'Give the proxy "protocol":"http" (protocol: http in a scenario), where what passes it is HTTP without TLS.';
      throw new HarnessError('TOXIC_INVALID', message, { hint });
    }
    return kind;
  }

  #sort(): void {
    const thatWorkOn = (works: ToxicKind['works']): readonly ActiveToxic[] =>
      [...this.#entries.values()]
        .filter(({ kind }) => kind.works === works)
        .map(({ active }) => active);
    this.#onStreams = thatWorkOn('stream');
    this.#onRequests = thatWorkOn('request');
    this.#onConnections = thatWorkOn('connection');
  }
}

/** What can change of a toxic. */
export interface ToxicChange {
  readonly settings?: SettingValues;
  readonly toxicity?: number;
}

function isForAll({ toxicity, trigger, rampNs }: Toxic): boolean {
  return toxicity >= 1 && trigger === undefined && rampNs === undefined;
}
