import { formatDuration } from '../../core/index.ts';
import type { ToxicKind } from '../../toxics/index.ts';
import type { FaultFile } from '../file/fault.ts';
import type { ToxicFile } from '../file/toxic.ts';
import { seenText, type Path, type Problem } from '../problem.ts';

/** A fault of the file that puts a toxic on, and the path to it. */
export interface ToxicFault {
  readonly path: Path;
  readonly kind: ToxicKind;
  readonly toxic: ToxicFile;
  readonly during: FaultFile['during'];
}

/** Answers that have no body, whatever the toxic says. */
const WITHOUT_BODY: ReadonlySet<unknown> = new Set([204, 304]);

/** Returns a problem for a toxic that could never do anything, or not all that it says. */
export function idleToxicProblems(fault: ToxicFault): Problem[] {
  return [...beginsTooLate(fault), ...editsNothing(fault), ...bodyOfNone(fault)];
}

function beginsTooLate({ path, toxic: { trigger }, during }: ToxicFault): Problem[] {
  if (!trigger?.window || !during || trigger.window.from < during.for) return [];
  const message = `from must be less than the fault's for (${formatDuration(during.for)}), got ${formatDuration(trigger.window.from)}`;
  const hint =
    'A window counts from when the toxic was put on: begin earlier, or let the fault last longer.';
  return [{ path: [...path, 'toxic', 'trigger', 'window', 'from'], part: 'value', message, hint }];
}

/** A kind that does nothing but what its maps and lists say. */
function editsNothing({ kind: { type, settings }, toxic, path }: ToxicFault): Problem[] {
  const all = Object.values(settings);
  const isEdit =
    all.length > 0 && all.every(({ kind }) => kind === 'stringMap' || kind === 'stringList');
  const isGiven = all.some(({ name }) => Object.keys(toxic[name] ?? {}).length > 0);
  if (!isEdit || isGiven) return [];
  const names = all.map(({ name }) => name).join(', ');
  const message = `toxic ${type} must have one of ${names}: it would change nothing`;
  const [first] = all;
  const hint = `For example: ${first?.name}: ${JSON.stringify(first?.example)}`;
  return [{ path: [...path, 'toxic', 'type'], part: 'value', message, hint }];
}

function bodyOfNone({ kind: { settings }, toxic, path }: ToxicFault): Problem[] {
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
