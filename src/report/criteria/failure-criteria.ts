import { pathText, type HarnessError, type Ms } from '../../core/index.ts';
import { words } from '../section.ts';
import type { Criterion, CriteriaReport } from './criteria-report.ts';

/** A command that ended before it had anything to report. */
export interface FailedCommand {
  /** As it was typed, without its options: `run checkout.yaml`. */
  readonly command: string;
  readonly endedEpochMs: Ms;
}

/** Returns a criterion for every problem of a file, or the one for what the command met. */
export function failureCriteria(error: HarnessError, command: FailedCommand): CriteriaReport {
  const { message, hint, code, problems } = error;
  const name = `callgauge ${command.command}`;
  const criteria: readonly Criterion[] =
    problems.length === 0
      ? [{ name, state: 'error', message, details: [`To do: ${hint}`] }]
      : problems.map((problem) => ({
          name: problem.path.length === 0 ? name : pathText(problem.path),
          state: 'error',
          message: problem.message,
          details: [`To do: ${problem.hint}`],
          place: { file: problem.file, ...problem.position },
        }));
  return {
    name,
    verdict: 'error',
    startedEpochMs: command.endedEpochMs,
    measuredNs: 0,
    host: '',
    facts: [['error', code]],
    criteria,
    metrics: [],
    document: {
      head: {
        name,
        verdict: words('✗ ERROR', 'bad'),
        facts: [words(code, 'faint')],
        notices: criteria.map((criterion) => ({
          claim: criterion.message,
          tone: 'bad',
          reasons: criterion.details ?? [],
        })),
      },
      sections: [],
      closing: { notices: [], entries: [] },
    },
  };
}
