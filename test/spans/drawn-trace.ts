import type { Span } from '../../src/core/index.ts';
import { span } from '../report/sample-runs.ts';
import { FROM_EPOCH_NS } from './generated-traces.ts';

/**
 * Returns the trace of a drawing. A line is a span: its name, indented below the span above it, and
 * its time, a millisecond a character between `|` and `|`; letters before the name say more:
 * `>` a producer, `<` a consumer, `!` failed, `@` a client, `#` a server, `?` of no kind. The
 * service is what stands before a `/` in the name.
 */
export function drawnTrace(drawing: string): readonly Span[] {
  const above: { readonly indent: number; readonly id: string; readonly service: string }[] = [];
  return linesOf(drawing).map((line, i) => {
    const { indent, marks, name, fromMs, toMs } = partsOf(line);
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    const parent = above.at(-1);
    const [operation = '', named] = name.split('/').toReversed();
    const service = named ?? parent?.service ?? 'front';
    const id = (i + 1).toString(16).padStart(16, '0');
    above.push({ indent, id, service });
    return span({
      spanId: id,
      parentSpanId: parent?.id ?? '',
      serviceName: service,
      name: operation,
      kind: kindOf(marks),
      status: marks.includes('!') ? 'Error' : 'Unset',
      startEpochNs: FROM_EPOCH_NS + BigInt(fromMs) * 1_000_000n,
      durationNs: BigInt(toMs - fromMs) * 1_000_000n,
    });
  });
}

/** Returns the drawing with `+` where the path has the span, and `-` elsewhere. */
export function redrawn(
  drawing: string,
  path: readonly { readonly line: number; readonly fromMs: number; readonly toMs: number }[],
): string {
  return linesOf(drawing)
    .map((line, i) => {
      const bar = line.indexOf('|') + 1;
      const cells = Array.from(line.replaceAll('+', '-'));
      for (const { line: at, fromMs, toMs } of path) {
        if (at === i) cells.fill('+', bar + fromMs, bar + toMs);
      }
      return cells.join('');
    })
    .join('\n');
}

export function linesOf(drawing: string): readonly string[] {
  return drawing.split('\n').filter((line) => line.trim() !== '');
}

function partsOf(line: string): {
  readonly indent: number;
  readonly marks: string;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
} {
  const [, space = '', marks = '', name = '', time = ''] =
    /^( *)([<>!@#?]*)([\w/-]+) *\|(.*)\|$/u.exec(line) ?? [];
  const drawn = time.trimEnd();
  const fromMs = drawn.length - drawn.trimStart().length;
  return { indent: space.length, marks, name, fromMs, toMs: drawn.length };
}

function kindOf(marks: string): Span['kind'] {
  if (marks.includes('>')) return 'Producer';
  if (marks.includes('<')) return 'Consumer';
  if (marks.includes('@')) return 'Client';
  if (marks.includes('?')) return 'Unspecified';
  return marks.includes('#') ? 'Server' : 'Internal';
}
