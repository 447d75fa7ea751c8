import { counted, errorText, NS_PER_SEC, type Clock, type Ns } from '../../core/index.ts';
import { identitiesOf, SPAN_TABLE, spanBlockOf } from '../../native/index.ts';
import type { InsertFrame } from './spool-frame.ts';
import type { SpoolFile } from './spool-file.ts';
import { leaveSpool, takeLeftovers } from './spool-folder.ts';

export interface LeftoverOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Does not take spans whose traces were undecided. */
  readonly leavesUndecided?: boolean;
  readonly onNotice: ((text: string) => void) | undefined;
}

/** What takes an insert; a store's connection is one. */
export interface FrameTaker {
  insertFrame(frame: InsertFrame, signal?: AbortSignal): Promise<void>;
}

const INSERT_WITHIN_NS: Ns = 20 * NS_PER_SEC;

/**
 * Stores what earlier commands left in the folder since the store was away, each insert under its
 * own token. What the store does not take stays there, and is said.
 * @returns the identities of the spans among it: their clients may not know that they are stored
 */
export async function storeLeftovers(
  to: FrameTaker,
  options: LeftoverOptions,
): Promise<readonly Uint32Array[]> {
  const files = takeLeftovers(options.folder, {
    kinds: options.leavesUndecided ? ['spool'] : ['spool', 'undecided'],
  });
  let rows = 0;
  let refusal: unknown;
  const identities: Uint32Array[] = [];
  const onFrame = (frame: InsertFrame): void => {
    rows += frame.rows;
    identities.push(...identitiesIn(frame));
  };
  for (const file of files) {
    refusal ??= await emptied(file, to, options.clock, onFrame);
    if (file.keptAs !== undefined) options.onNotice?.(damageText(file.keptAs));
    if (refusal === undefined) file.remove();
    else leaveSpool(file);
  }
  if (rows > 0) {
    options.onNotice?.(`${counted(rows, 'row')} that waited on disk for the store are in it now`);
  }
  if (refusal !== undefined) {
    options.onNotice?.(
      `the store does not take what waits for it in ${options.folder}: ${errorText(refusal)}`,
    );
  }
  return identities;
}

/** A table of a Collector has columns more: its rows are no blocks of spans. */
function identitiesIn({ table, columns, blocks }: InsertFrame): readonly Uint32Array[] {
  const own = SPAN_TABLE.columns.map(({ name }) => name);
  if (table !== SPAN_TABLE.name || String(columns) !== String(own)) return [];
  return blocks.map((block) => identitiesOf(spanBlockOf(block as Buffer<ArrayBuffer>)));
}

/** Says that what could not be read of a spool is not stored, and where it is. */
export function damageText(keptAs: string): string {
  return `a part of what waited on disk is damaged or cut off, and is not in the store; the file is kept as ${keptAs}`;
}

/** Returns why the store did not take the whole file; undefined where it did. */
async function emptied(
  file: SpoolFile,
  to: FrameTaker,
  clock: Clock,
  onFrame: (frame: InsertFrame) => void,
): Promise<unknown> {
  for (let frame = file.peek(); frame !== undefined; frame = file.peek()) {
    const breakOff = new AbortController();
    const timer = clock.after(INSERT_WITHIN_NS, () => breakOff.abort());
    try {
      await to.insertFrame(frame, breakOff.signal);
    } catch (error) {
      return error;
    } finally {
      timer.cancel();
    }
    file.done();
    onFrame(frame);
  }
  return undefined;
}
