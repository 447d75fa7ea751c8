import { counted, formatDuration, wrap } from '../../core/index.ts';
import type { ClockSkew, SpanTree } from '../../spans/index.ts';
import type { Paint } from './paint.ts';

/** Returns which clocks differ, and what that does to the tree; no lines where none is seen to. */
export function clockLines(
  { skews, recordedNs }: SpanTree,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  if (skews.length === 0) return [];
  const recorded = formatDuration(Number(recordedNs));
  const texts = [
    ...skews.map(skewText),
    `spans with (clock) are shown shifted by that; as recorded, the trace is ${recorded} long`,
  ];
  const lines = texts.flatMap((text) => wrap(text, { width, first: '  ', rest: '    ' }));
  return ['', ...lines.map((line) => paint('doubt', line))];
}

function skewText({ parentService, childService, aheadNs, callCount, certain }: ClockSkew): string {
  const [by, where] = aheadNs < 0n ? [-aheadNs, 'behind'] : [aheadNs, 'ahead of'];
  const calls = counted(callCount, 'call');
  const caller = callCount === 1 ? 'its caller' : 'their callers';
  const shown = certain
    ? `${calls} began before ${caller}`
    : `${calls} lay behind ${caller}, unless those did not wait`;
  return `clock of ${childService} is about ${formatDuration(Number(by))} ${where} that of ${parentService}: ${shown}`;
}
