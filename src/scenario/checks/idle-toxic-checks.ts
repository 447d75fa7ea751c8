import { formatDuration } from '../../core/index.ts';
import type { ToxicKind } from '../../faults/index.ts';
import { during } from '../file/fault.ts';
import type { ToxicFile } from '../file/toxic.ts';
import { seenText, type Problem } from '../problem.ts';
import { valueAt, type Selected } from '../select.ts';

/** Answers that have no body, whatever is told. */
const WITHOUT_BODY: ReadonlySet<unknown> = new Set([204, 304]);

/** Returns a problem for a toxic that could never do anything, or not all that it says. */
export function idleToxicProblems(kind: ToxicKind, toxic: ToxicFile, fault: Selected): Problem[] {
  return [
    ...beginsTooLate(toxic, fault),
    ...editsNothing(kind, toxic, fault),
    ...bodyOfNone(kind, toxic, fault),
  ];
}

function beginsTooLate({ trigger }: ToxicFile, { path, value }: Selected): Problem[] {
  const read = during.safeParse(valueAt(value, ['during']));
  if (!trigger?.window || !read.success || trigger.window.from < read.data.for) return [];
  const message = `from must be less than the fault's for (${formatDuration(read.data.for)}), got ${formatDuration(trigger.window.from)}`;
  const hint =
    'A window counts from when the toxic was put on: begin earlier, or let the fault last longer.';
  return [{ path: [...path, 'toxic', 'trigger', 'window', 'from'], part: 'value', message, hint }];
}

/** A kind that does nothing but what its maps and lists say. */
function editsNothing(
  { type, settings }: ToxicKind,
  toxic: ToxicFile,
  { path }: Selected,
): Problem[] {
  const all = Object.values(settings);
  const isEdit = all.length > 0 && all.every(({ kind }) => kind === 'texts' || kind === 'names');
  const isTold = all.some(({ name }) => Object.keys(toxic[name] ?? {}).length > 0);
  if (!isEdit || isTold) return [];
  const names = all.map(({ name }) => name).join(', ');
  const message = `toxic ${type} must have one of ${names}: it would change nothing`;
  const [first] = all;
  const hint = `For example: ${first?.name}: ${JSON.stringify(first?.example)}`;
  return [{ path: [...path, 'toxic', 'type'], part: 'value', message, hint }];
}

function bodyOfNone({ settings }: ToxicKind, toxic: ToxicFile, { path }: Selected): Problem[] {
  const { status, body } = toxic;
  if (!settings['status'] || !settings['body'] || !WITHOUT_BODY.has(status) || !body) return [];
  const message = `body must be left out, as an answer with status ${String(status)} has none, got ${seenText(body)}`;
  return [
    {
      path: [...path, 'toxic', 'body'],
      part: 'value',
      message,
      hint: 'Leave it out, or give another status.',
    },
  ];
}
