import { printableLine } from '../../core/index.ts';
import type { Criterion, CriteriaReport, CriterionState } from '../criteria/criteria-report.ts';

/** GitHub shows so many annotations of each level for a step; it drops what is beyond them. */
const ANNOTATIONS_MAX = 10;

type Level = 'error' | 'warning';

const LEVELS: Readonly<Record<CriterionState, Level | undefined>> = {
  pass: undefined,
  skipped: undefined,
  inconclusive: 'warning',
  fail: 'error',
  invalid: 'error',
  error: 'error',
};

/**
 * Returns a workflow command for every criterion that does not hold or could not be judged, each a
 * line without its end: GitHub shows it at the place in the file that asks for it. Of more than it
 * shows, the last one says how many there are.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubAnnotations({ name, criteria }: CriteriaReport): readonly string[] {
  return (['error', 'warning'] as const).flatMap((level) => {
    const shown = criteria.filter(({ state }) => LEVELS[state] === level);
    if (shown.length <= ANNOTATIONS_MAX)
      return shown.map((criterion) => annotation(criterion, name));
    const [head, rest] = [shown.slice(0, ANNOTATIONS_MAX - 1), shown.slice(ANNOTATIONS_MAX - 1)];
    const more = `${rest.length} more: ${rest.map((criterion) => criterion.name).join(', ')}`;
    return [
      ...head.map((criterion) => annotation(criterion, name)),
      `::${level} title=${property(name)}::${data(printableLine(more))}`,
    ];
  });
}

function annotation({ name, state, message, details = [], place }: Criterion, of: string): string {
  const said = [message, ...details].map((line) => printableLine(line)).join('\n');
  const at =
    place === undefined
      ? []
      : [`file=${property(place.file)}`, `line=${place.line}`, `col=${place.column}`];
  const title = `title=${property(of === name ? name : `${of}: ${name}`)}`;
  return `::${LEVELS[state] ?? 'error'} ${[...at, title].join(',')}::${data(said)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(printableLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
