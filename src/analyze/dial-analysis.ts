import { type ConnectErrorSlice, connectReasonOf, countOf } from '../core/index.ts';
import type { DialAnalysis, DialNumbers } from './run-analysis.ts';
import type { MergedSeries } from './sources.ts';

/** Returns the dials of every target that was dialled, by name. */
export function analyzeDials(
  series: readonly MergedSeries[],
  errors: readonly ConnectErrorSlice[],
): readonly DialAnalysis[] {
  const opened = series.filter(({ clock }) => clock === 'connect');
  return sortedNames([...opened, ...errors], ({ target }) => target).map((target) => {
    const openedThere = opened.filter((one) => one.target === target);
    const errorsThere = errors.filter((one) => one.target === target);
    const phases = sortedNames([...openedThere, ...errorsThere], ({ phase }) => phase);
    return {
      target,
      ...dialNumbers(openedThere, errorsThere),
      phases: phases.map((phase) => ({
        phase,
        ...dialNumbers(
          openedThere.filter((one) => one.phase === phase),
          errorsThere.filter((one) => one.phase === phase),
        ),
      })),
    };
  });
}

function dialNumbers(
  series: readonly MergedSeries[],
  errors: readonly ConnectErrorSlice[],
): DialNumbers {
  const reasons = [...Map.groupBy(errors, ({ text }) => text)]
    .map(([text, parts]) => ({
      reason: connectReasonOf(text),
      text,
      count: parts.reduce((sum, { count }) => sum + count, 0),
    }))
    .toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
  const opened = series.reduce((sum, one) => sum + countOf(one), 0);
  const failed = reasons.reduce((sum, { count }) => sum + count, 0);
  return { opened, failed, failedRatio: failed === 0 ? 0 : failed / (opened + failed), reasons };
}

function sortedNames<T>(of: readonly T[], name: (one: T) => string): readonly string[] {
  return [...new Set(of.map(name))].toSorted();
}
