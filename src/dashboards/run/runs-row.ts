import { CLICKHOUSE, clickHouseQuery } from '../clickhouse-query.ts';
import type { RowSpec } from '../dashboard-frame.ts';
import { table } from '../panels.ts';
import { ENDED_OR_NOW } from './fragments.ts';

/** Returns the row from which another run is chosen, together with its time. */
export function runsRow(): RowSpec {
  return {
    title: 'Other runs',
    panels: [
      table(
        {
          title: 'Newest runs',
          description:
            'A click on a run id shows that run, and sets the time range of the page to it.',
          unit: 'short',
          datasource: CLICKHOUSE,
          queries: [clickHouseQuery('table', RUNS)],
          size: [24, 8],
        },
        { seed: 'none' },
      ).overrideByName('run', [
        {
          id: 'links',
          value: [
            {
              title: 'Show this run',
              url: '/d/${__dashboard.uid}?var-run=${__value.raw}&from=${__data.fields.started.numeric}&to=${__data.fields.ended.numeric}',
            },
          ],
        },
      ]),
    ],
  };
}

/** The newest runs, whichever is chosen. */
const RUNS = `
SELECT
  RunId AS run,
  Scenario AS scenario,
  Status AS status,
  StartedAt AS started,
  ${ENDED_OR_NOW} AS ended,
  Seed AS seed,
  HarnessVersion AS version
FROM callgauge_runs FINAL
ORDER BY StartedAt DESC
LIMIT 50`.trim();
