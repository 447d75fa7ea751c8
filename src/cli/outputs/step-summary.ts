import { statSync } from 'node:fs';

/** GitHub takes no summary of a step that is larger, not even a part of it. */
const BYTES_MAX = 1_048_576;
const CUT = '\n\n**The report is longer than a step summary may be: the rest is left out.**\n';

/** Returns what is added to a step's summary: of what is too long for it the first lines. */
export function stepSummary(markdown: string, file: string): string {
  const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  // What was there before may end in the middle of a paragraph.
  const text = there > 0 ? `\n${markdown}` : markdown;
  const room = BYTES_MAX - there;
  if (Buffer.byteLength(text) <= room) return text;
  const head = Buffer.from(text).subarray(0, Math.max(0, room - Buffer.byteLength(CUT)));
  const end = head.lastIndexOf('\n');
  return end <= 0 ? '' : head.subarray(0, end).toString('utf8') + CUT;
}
