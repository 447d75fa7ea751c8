import { counted, formatDuration, printable, type Span } from '../../core/index.ts';
import type { TraceAnalysis } from '../../spans/index.ts';
import type { Tone } from '../section.ts';

/** What a trace says of one of its spans that the span alone does not. */
export interface Finding {
  readonly text: string;
  readonly tone: Tone;
}

/** Returns the findings of a trace by the span that they are about. */
export function findingsOf(analysis: TraceAnalysis): ReadonlyMap<Span, readonly Finding[]> {
  const found = new Map<Span, Finding[]>();
  const say = (span: Span, text: string, tone: Tone = 'doubt'): void => {
    const findings = found.get(span);
    if (findings === undefined) found.set(span, [{ text, tone }]);
    else findings.push({ text, tone });
  };
  for (const origin of analysis.origins) say(origin.span, originText(origin), 'bad');
  for (const { kind, spans } of analysis.attempts) {
    spans.forEach((span, i) => say(span, `attempt ${i + 1} of ${spans.length} (${kind})`));
  }
  for (const { child, parent, wastedNs } of analysis.outlived) {
    const wasted = formatDuration(wastedNs);
    say(child, `wasted work: it went on for ${wasted} after ${placeOf(parent)} had failed`);
  }
  for (const { parent, peer, spans, tookNs } of analysis.loops) {
    const [first] = spans;
    const what = printable(first?.name ?? '');
    const to = peer === '' ? '' : ` to ${printable(peer)}`;
    const calls = `call loop: ${counted(spans.length, 'call')} ${what}${to} one after another`;
    say(parent, `${calls}, ${formatDuration(tookNs)} together`);
  }
  return found;
}

function originText({ kind, blamed, absorbedBy }: TraceAnalysis['origins'][number]): string {
  const where = absorbedBy === undefined ? '' : `, absorbed by ${placeOf(absorbedBy)}`;
  if (kind === 'waiting' && blamed !== undefined) {
    return `origin: it gave up while ${placeOf(blamed)} ran${where}`;
  }
  if (kind === 'peer') {
    return `origin: no server's span below it: the network, or a peer without spans${where}`;
  }
  return `origin${where}`;
}

function placeOf({ serviceName, name }: Span): string {
  return `${printable(serviceName)}  ${printable(name)}`;
}
