import { traceHeaderNames } from '../../trace/index.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { allEntriesIn, type EntryAt } from '../flow-entries.ts';
import type { Problem } from '../problem.ts';
import { PROTOCOL_KINDS } from '../protocols/index.ts';
import { namesAt, ownValue } from '../select.ts';

/**
 * Returns a problem for every header of a step in which the calls of its target carry the trace
 * context.
 */
export function propagationProblems(file: ScenarioFile): Problem[] {
  return allEntriesIn(file).flatMap((at) => ownHeaders(at, file));
}

function ownHeaders({ entry, path }: EntryAt, { targets, trace }: ScenarioFile): Problem[] {
  const target = ownValue(targets, entry.target ?? '');
  const own = traceHeaderNames(target?.propagate ?? trace.propagate);
  return PROTOCOL_KINDS.flatMap(({ name: kind, parts }) =>
    parts.headers.flatMap((key) =>
      namesAt(entry, [kind, key])
        .filter((header) => own.has(header.toLowerCase()))
        .map((header): Problem => {
          const message = `key "${header}" must not be set here: callgauge sends this header itself`;
          const hint = 'Remove it, or leave its format out of propagate.';
          return { path: [...path, kind, key, header], part: 'key', message, hint };
        }),
    ),
  );
}
