import { availableParallelism, totalmem } from 'node:os';

/** What the local server may take for all queries of one user, callgauge's own among them. */
export interface ServerLimits {
  /** Of one query. Past half of it, sorting and grouping go on on disk. */
  readonly queryBytesMax: number;
  /** Of all queries together. */
  readonly userBytesMax: number;
  readonly queryTimeMaxSec: number;
  /** Of one query. */
  readonly threadsMax: number;
  /** At once. */
  readonly queriesMax: number;
}

const GIB = 2 ** 30;

/**
 * Twice what a client of ours waits for an answer: a query that still runs then is nobody's.
 */
const QUERY_TIME_MAX_SEC = 120;
const QUERIES_MAX = 64;

/**
 * Returns the limits for a machine: a quarter of its memory for one query, but 1 GiB at least, and
 * half of its cores, 2 to 8. Over a million spans the largest query of ours took 0.3 GiB.
 */
export function serverLimits(memoryBytes: number, cores: number): ServerLimits {
  const queryBytesMax = Math.round(Math.max(GIB, memoryBytes / 4));
  return {
    queryBytesMax,
    userBytesMax: Math.round(Math.max(queryBytesMax, (memoryBytes * 2) / 5)),
    queryTimeMaxSec: QUERY_TIME_MAX_SEC,
    threadsMax: Math.min(8, Math.max(2, Math.round(cores / 2))),
    queriesMax: QUERIES_MAX,
  };
}

/** Returns {@link serverLimits} of this machine, or of the container that this process is in. */
export function limitsOfThisMachine(): ServerLimits {
  const constrained = process.constrainedMemory();
  // 0, or a number past all memory, where nothing constrains it.
  const memoryBytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return serverLimits(memoryBytes, availableParallelism());
}
