import { LOAD_FILE } from '../../core/index.ts';
import { renderJson } from '../../report/json/json-report.ts';
import { reportDocument } from '../../report/report-document.ts';
import { renderSimulationJson } from '../../report/simulation/simulation-json.ts';
import type { RunReport } from '../../report/run-report.ts';
import type { CommandResult } from './command-outputs.ts';

/** Returns the report of a run for every form; its criteria know their places in its file. */
export function runResult(report: RunReport): CommandResult {
  const { source, environment } = report.analysis.run;
  const { file = '' } = environment;
  return {
    document: reportDocument(report),
    json: () =>
      report.simulation ? renderSimulationJson(report, report.simulation) : renderJson(report),
    criteria: async () => {
      const { runCriteria } = await import('../../report/criteria/run-criteria.ts');
      if (file === '' || file === LOAD_FILE) return runCriteria(report);
      const { runPlaces } = await import('./run-places.ts');
      return runCriteria(report, runPlaces({ file, text: source }));
    },
  };
}
