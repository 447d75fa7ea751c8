import {
  copyHeldCall,
  forgetHeldCall,
  HELD_COLUMNS,
  heldCall,
  heldSeq,
  type HeldCalls,
  type HeldNumbers,
  type HeldStep,
} from './held-calls.ts';
import type { KeptCall } from './kept-call.ts';

/** Most calls that wait at once, in 33 MB; the oldest give way. */
const WAITING_MAX = 2 ** 18;
/** So many rows are made at once. */
const CHUNK_ROWS = 2 ** 14;
const NONE = -1;

/** Rows next to each other. */
interface Chunk {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly errors: Map<number, string>;
  /** By row, the place of the call before it in its bucket. */
  readonly before: Float64Array;
}

/**
 * The newest of the calls that were not kept, to be found by their arrivals. Calls have places in
 * the order in which they come, and lie in the row of place modulo the room. The calls of a bucket,
 * which is arrival modulo the room, are a chain:
 *
 *     place   0   1   2 ─ 3 ─ 4 ─ 5 ─ 6
 *           gave way  └───◄───┴──◄──┘ newest of its bucket
 */
export class WaitingCalls {
  readonly #room: number;
  readonly #chunks: Chunk[] = [];
  /** By bucket. */
  #newest = new Float64Array(0);
  readonly #phases: string[] = [];
  readonly #steps: HeldStep[] = [];
  #next = 0;

  constructor(room = WAITING_MAX) {
    this.#room = room;
  }

  /** Takes those calls that are wanted by their row and the number of their arrival. */
  add(held: HeldCalls, isWanted: (row: number, seq: number) => boolean): void {
    const numbers: HeldNumbers = {
      phases: held.phases.map((phase) => this.#phaseNumber(phase)),
      steps: held.steps.map((step) => this.#stepNumber(step)),
    };
    if (this.#newest.length === 0) this.#newest = new Float64Array(this.#room).fill(NONE);
    for (let row = 0; row < held.count; row++) {
      const seq = heldSeq(held, row);
      if (!isWanted(row, seq)) continue;
      const place = this.#next++;
      const chunk = this.#chunkOf(place);
      const to = this.#rowOf(place);
      copyHeldCall(held, row, chunk, to, numbers);
      chunk.before[to] = this.#newest[seq % this.#room] ?? NONE;
      this.#newest[seq % this.#room] = place;
    }
  }

  /** Returns the calls of an arrival, the last one first; they wait no more. */
  take(seq: number): readonly KeptCall[] {
    const calls: KeptCall[] = [];
    const oldest = Math.max(0, this.#next - this.#room);
    let place = this.#newest[seq % this.#room] ?? NONE;
    while (place >= oldest) {
      const { numbers, errors, before } = this.#chunkOf(place);
      const row = this.#rowOf(place);
      if (heldSeq({ numbers }, row) === seq) {
        const rows = { phases: this.#phases, steps: this.#steps, numbers, errors };
        calls.push(heldCall(rows, row));
        forgetHeldCall(numbers, row);
      }
      place = before[row] ?? NONE;
    }
    return calls;
  }

  #chunkOf(place: number): Chunk {
    const index = Math.floor((place % this.#room) / CHUNK_ROWS);
    return (this.#chunks[index] ??= newChunk(Math.min(CHUNK_ROWS, this.#room)));
  }

  #rowOf(place: number): number {
    return (place % this.#room) % CHUNK_ROWS;
  }

  #phaseNumber(phase: string): number {
    const known = this.#phases.indexOf(phase);
    return known >= 0 ? known : this.#phases.push(phase) - 1;
  }

  #stepNumber(step: HeldStep): number {
    const known = this.#steps.findIndex(({ name }) => name === step.name);
    return known >= 0 ? known : this.#steps.push(step) - 1;
  }
}

function newChunk(rows: number): Chunk {
  return {
    numbers: new Float64Array(rows * HELD_COLUMNS),
    errors: new Map(),
    before: new Float64Array(rows),
  };
}
