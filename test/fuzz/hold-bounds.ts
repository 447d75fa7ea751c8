import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { errorText, HarnessError, rngFrom } from '../../src/core/index.ts';
import { Draw } from './draw.ts';

/** What a reader is held to. */
export interface FuzzOptions {
  readonly name: string;
  readonly make: (draw: Draw) => string;
  /** Reads an input of one byte a character. */
  readonly read: (input: string) => unknown;
}

/** How inputs were answered. */
export interface FuzzCounts {
  readonly read: number;
  readonly refused: number;
}

/** `CALLGAUGE_FUZZ_COUNT` sends more of them, `CALLGAUGE_FUZZ_SEED` others. */
export const FUZZ_SEED = Number(process.env['CALLGAUGE_FUZZ_SEED'] ?? 20_261_129);

/** Processor time that one input may take: what others do on the machine does not count. */
const INPUT_CPU_US_MAX = 1_000_000;
const HEAP_GROWTH_BYTES_MAX = 32 * 1024 * 1024;
const SHOWN_CHARACTERS = 2_000;

/** Returns how many inputs a fuzzer makes: `usual`, or what the environment says. */
export function fuzzCount(usual: number): number {
  return Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? usual);
}

/**
 * Gives `count` inputs to a reader. Each is read, or refused by an error of ours with a message,
 * within a second of processor time; together they leave no more memory than before.
 * @throws what names seed, number and the input that broke a bound
 */
export async function holdBounds(count: number, options: FuzzOptions): Promise<FuzzCounts> {
  const draw = new Draw(rngFrom(FUZZ_SEED, options.name));
  let [read, refused] = [0, 0];
  let heldAtFirst = 0;
  for (let i = 0; i < count; i++) {
    if (i === Math.floor(count / 10)) heldAtFirst = heldBytes();
    const input = options.make(draw);
    const before = process.cpuUsage();
    let problem: string | undefined;
    try {
      await options.read(input);
      read++;
    } catch (error) {
      refused++;
      if (!isRefusal(error)) problem = `ended in ${stackOf(error)}`;
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > INPUT_CPU_US_MAX) problem = `took ${(user + system) / 1e6} s`;
    if (problem !== undefined) throw new Error(told(options.name, i, problem, input));
  }
  const grown = heldBytes() - heldAtFirst;
  if (grown > HEAP_GROWTH_BYTES_MAX) {
    throw new Error(`${options.name}, seed ${FUZZ_SEED}: ${grown} bytes are kept after ${count}`);
  }
  return { read, refused };
}

/** Returns the bytes that a string of one byte a character stands for. */
export function bytesOf(input: string): Buffer {
  return Buffer.from(input, 'latin1');
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof HarnessError) || error.message === '') return false;
  const { cause } = error;
  return !(cause instanceof TypeError || cause instanceof RangeError);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : errorText(error);
}

function told(name: string, i: number, problem: string, input: string): string {
  const shown = JSON.stringify(input.slice(0, SHOWN_CHARACTERS));
  return `${name}, seed ${FUZZ_SEED}, input ${i} (${input.length} bytes) ${problem}\n${shown}`;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
