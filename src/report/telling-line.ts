import { printableLine } from '../core/index.ts';

/** `TypeError: x is not a function`, `panic: ...`, `java.lang.OutOfMemoryError: ...`. */
const FAILURE = /^(?!\s).*(?:error|exception|panic|fatal)\b/iu;

/**
 * Returns the line of a process's last output that tells why it ended, printable: the last one at
 * the margin that speaks of a failure, since runtimes write a stack and their version below it;
 * else the last one; '' where nothing was written.
 */
export function tellingLine(output: string): string {
  const lines = output.split(/\r?\n/u).filter((line) => line.trim() !== '');
  return printableLine((lines.findLast((line) => FAILURE.test(line)) ?? lines.at(-1) ?? '').trim());
}
