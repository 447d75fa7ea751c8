import { createReadStream } from 'node:fs';

/** A line past this is no line of a log. */
export const LINE_CHARS_MAX = 1024 * 1024;

/**
 * Returns the lines of a text file one by one, without their ends, a byte order mark left out. A
 * line that is too long comes cut off at {@link LINE_CHARS_MAX}, so that memory is bounded.
 * @throws what the file system throws
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const text: string = rest + String(chunk);
    const lines = text.split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines) {
      yield cleaned(line, isFirst);
      isFirst = false;
    }
  }
  if (rest !== '') yield cleaned(rest, isFirst);
}

function cleaned(line: string, isFirst: boolean): string {
  const text = isFirst && line.startsWith('\u{FEFF}') ? line.slice(1) : line;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
