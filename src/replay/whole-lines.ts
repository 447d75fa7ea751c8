/** One line, and where it begins in its file, from 1. */
export interface NumberedLine {
  readonly text: string;
  readonly line: number;
}

const CRI_PART = /^(\d{4}-\d\d-\d\dT[^ ]{8,30} (?:stdout|stderr)) P (.*)$/su;
const CRI_LAST = /^\d{4}-\d\d-\d\dT[^ ]{8,30} (stdout|stderr) F (.*)$/su;
const PART_CHARS_MAX = 1024 * 1024;

/**
 * Returns lines with the parts of long ones put together that the logs of containers cut: Docker at
 * 16 KiB, Kubernetes where it marks a part with P.
 */
export async function* wholeLines(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<NumberedLine> {
  /** What waits for its end, by stream. */
  const parts = new Map<string, NumberedLine>();
  for await (const { text, line } of lines) {
    const part = partOf(text);
    const before = part && parts.get(part.stream);
    if (!part || (!before && part.isLast)) {
      yield { text, line };
      continue;
    }
    const joined = before ? before.text + part.text : part.begin + part.text;
    const whole = { text: joined.slice(0, PART_CHARS_MAX), line: before?.line ?? line };
    if (part.isLast) {
      parts.delete(part.stream);
      yield { ...whole, text: whole.text + part.end };
    } else {
      parts.set(part.stream, whole);
    }
  }
  yield* parts.values();
}

interface LinePart {
  readonly stream: string;
  /** What makes the parts a line again, before the first and behind the last. */
  readonly begin: string;
  readonly text: string;
  readonly end: string;
  readonly isLast: boolean;
}

function partOf(text: string): LinePart | undefined {
  if (text.startsWith('{"log":"')) return dockerPart(text);
  const [, head = '', begun] = CRI_PART.exec(text) ?? [];
  if (begun !== undefined) {
    const stream = head.slice(head.lastIndexOf(' ') + 1);
    return { stream, begin: `${head} F `, text: begun, end: '', isLast: false };
  }
  const [, stream = '', last] = CRI_LAST.exec(text) ?? [];
  return last === undefined ? undefined : { stream, begin: '', text: last, end: '', isLast: true };
}

/** Docker ends every whole line with \n; the text stays as JSON has it. */
function dockerPart(line: string): LinePart | undefined {
  const match = /^\{"log":"((?:[^"\\]|\\.)*)"(,.*"stream":"(\w+)".*\})$/su.exec(line);
  if (!match) return undefined;
  const [, text = '', rest = '', stream = ''] = match;
  return {
    stream,
    begin: '{"log":"',
    text,
    end: `"${rest}`,
    isLast: text.endsWith(String.raw`\n`),
  };
}
