import type { Command } from 'commander';

import { checkedScenario } from '../checked-scenario.ts';
import { scheduleOf } from '../../schedule/index.ts';
import { planText, userCountMax } from '../run/load-text.ts';
import { withReplays } from '../run/with-replays.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge validate FILE`. */
export function addValidate(program: Command, terminal: Terminal): void {
  program
    .command('validate')
    .description('check a scenario file without sending anything')
    .argument('<file>', 'the scenario, YAML')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  callgauge validate scenarios/quickstart.yaml')
    .action(async (file: string, options: { json?: true }) => {
      const asWritten = await checkedScenario(file);
      const tell = (text: string): void => terminal.progress(text);
      const scenario = await withReplays(asWritten, undefined, tell);
      const schedule = scheduleOf(scenario);
      const summary = {
        file,
        name: scenario.name,
        phases: schedule.phases.length,
        durationNs: schedule.durationNs,
        expectedArrivals: Math.round(schedule.expectedCount),
        users: userCountMax(schedule),
        thresholds: scenario.thresholds.length,
      };
      terminal.out(
        options.json
          ? JSON.stringify(summary, null, 2)
          : `${file} is valid: ${summary.name}, ${count(summary.phases, 'phase')}, ` +
              `${planText(scenario, schedule)}, ` +
              count(summary.thresholds, 'threshold'),
      );
    });
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
