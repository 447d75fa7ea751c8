import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  NS_PER_MS,
  NS_PER_SEC,
  VirtualClock,
  type Attributes,
  type Span,
} from '../../src/core/index.ts';
import { spanBlock, spanBlockOf, spansOf } from '../../src/native/index.ts';
import { TailSampler, type SamplingRules } from '../../src/sampling/index.ts';
import { SpanJournal } from '../../src/store/spool/span-journal.ts';
import { createSpool } from '../../src/store/spool/spool-folder.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { storeLeftovers } from '../../src/store/spool/store-leftovers.ts';
import { UndecidedSegments } from '../../src/store/spool/undecided-segments.ts';

export const RULES: SamplingRules = {
  ratio: 0.25,
  slow: { kind: 'time', limitNs: 500 * NS_PER_MS },
  waitNs: 30 * NS_PER_SEC,
  waitAfterRootNs: 10 * NS_PER_SEC,
};

export interface SamplerSettings {
  readonly rules?: SamplingRules;
  readonly bytesMax?: number;
  readonly tracesMax?: number;
  readonly journalBytesMax?: number;
  readonly isOfRun?: (runHash: number) => boolean;
}

/** A sampler on a folder, in front of a store in memory; it can be killed, and started again. */
export class SampledStore {
  /** Of one process: timers of one that was killed never fire. */
  clock = new VirtualClock();
  readonly stored: Span[] = [];
  readonly notices: string[] = [];
  isAway = false;
  sampler!: TailSampler;
  log!: UndecidedSegments;
  readonly #folder: string;
  readonly #settings: SamplerSettings;
  readonly #tokens = new Set<string>();
  #journal!: SpanJournal;

  constructor(folder: string, settings: SamplerSettings = {}) {
    this.#folder = folder;
    this.#settings = settings;
  }

  /** @returns the identities of what it took over */
  async start(): Promise<readonly Uint32Array[]> {
    const clock = (this.clock = new VirtualClock());
    const { rules = RULES, bytesMax, tracesMax, journalBytesMax, isOfRun } = this.#settings;
    const onNotice = (text: string): void => void this.notices.push(text);
    await storeLeftovers(this, { folder: this.#folder, clock, leavesUndecided: true, onNotice });
    this.#journal = new SpanJournal({
      clock,
      newFile: () => createSpool(this.#folder),
      insert: (frame) => this.insertFrame(frame),
      ...(journalBytesMax !== undefined && { bytesMax: journalBytesMax }),
    });
    this.log = new UndecidedSegments({ folder: this.#folder, journal: this.#journal, onNotice });
    this.sampler = new TailSampler({
      ...{ rules, log: this.log, clock, onNotice },
      ...(bytesMax !== undefined && { bytesMax }),
      ...(tracesMax !== undefined && { tracesMax }),
      ...(isOfRun && { isOfRun }),
    });
    return this.sampler.start();
  }

  /** Leaves everything as a kill of the process does: its files are nobody's. */
  kill(): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      const parts = name.split('.');
      if (parts.length < 3) continue;
      const path = (text: string): string => join(this.#folder, text);
      renameSync(path(name), path(`${parts[0]}.${parts.at(-1)}`));
    }
  }

  async close(): Promise<void> {
    await this.sampler.close();
    await this.#journal.close();
  }

  /** Lets time go by, and all that waits for no time be done in between. */
  async pass(ns: number): Promise<void> {
    for (let left = ns; left > 0; left -= NS_PER_SEC) {
      this.clock.advance(Math.min(left, NS_PER_SEC));
      await turns();
    }
  }

  async accept(spans: readonly Span[]): Promise<void> {
    await this.sampler.accept(spanBlock(spans));
  }

  async insertFrame({ token, blocks }: InsertFrame): Promise<void> {
    if (this.isAway) throw new Error('refused to connect');
    if (this.#tokens.has(token)) return;
    this.#tokens.add(token);
    for (const block of blocks) {
      this.stored.push(...spansOf(spanBlockOf(Buffer.from(block))));
    }
  }

  /** Stores what is on disk as a command does that decides nothing. */
  async storeAll(): Promise<void> {
    await storeLeftovers(this, {
      ...{ folder: this.#folder, clock: this.clock, onNotice: undefined },
    });
  }

  get storedIds(): readonly string[] {
    return this.stored.map(({ spanId }) => spanId).toSorted();
  }
}

/** Lets everything run that waits for no time. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => void setImmediate(resolve));
}

let spans = 0;

export interface SpanShape {
  readonly traceId: string;
  readonly isRoot?: boolean;
  readonly isFailed?: boolean;
  readonly durationNs?: number;
  readonly attributes?: Attributes;
  readonly traceState?: string;
  readonly name?: string;
}

/** Returns a span whose id no other has. */
export function spanOf({ traceId, isRoot, isFailed, ...shape }: SpanShape): Span {
  const spanId = (++spans).toString(16).padStart(16, '0');
  return {
    traceId,
    spanId,
    parentSpanId: isRoot ? '' : 'aaaaaaaaaaaaaaaa',
    traceState: shape.traceState ?? '',
    name: shape.name ?? 'GET /',
    kind: 'Server',
    serviceName: 'web',
    startEpochNs: 1_790_000_000_000_000_000n,
    durationNs: BigInt(shape.durationNs ?? NS_PER_MS),
    status: isFailed ? 'Error' : 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: shape.attributes ?? {},
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
  };
}

/** A trace id whose random bits are in no share below 100%, or in every one. */
export function traceIdOf(number: number, isInShare: boolean): string {
  const random = isInShare ? 'ffffffff' : '00000000';
  return `${number.toString(16).padStart(18, '0')}${random}${'0'.repeat(6)}`;
}
