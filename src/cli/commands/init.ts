import type { Command } from 'commander';

import type { InitOptions } from '../init-options.ts';
import { severalOf } from '../several-of.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
An OpenAPI 3.0, 3.1 or Swagger 2.0 description gives a GET for each path, with
its example values; a URL one GET. They are called once each, then for 10 s, and
the thresholds follow from that. Nothing is stored but the scenario.

Examples:
  callgauge init http://127.0.0.1:8080/api/items
  callgauge init openapi.yaml --url http://127.0.0.1:8080 --ci github
  callgauge init http://127.0.0.1:8000/openapi.json --tag orders --limit 10
  callgauge init openapi.json --path '/orders*' --method POST --no-measure`;

/** Adds `callgauge init`. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write a first scenario, from URLs or an OpenAPI description')
    .argument('<source...>', 'URLs to call; or an OpenAPI file, or the URL of one')
    .option('-o, --out <file>', 'where to write it', 'callgauge.yaml')
    .option('--force', 'write over files that are there')
    .option('--url <base>', 'what the paths of the description are behind, in place of its servers')
    .option('--openapi', 'the URL is that of a description, whatever it is called')
    .addOption(severalOf('--tag <name>', 'only operations with this tag'))
    .addOption(severalOf('--path <path>', 'only these paths of the description; * is any text'))
    .addOption(severalOf('--method <method>', 'a method to call, in place of GET'))
    .option('--limit <n>', 'how many operations at most', '50')
    .option(
      '--rate <rate>',
      'of all calls together, in the measurement and in the scenario',
      '50/s',
    )
    .option('--no-measure', 'call nothing; limits of response times are placeholders')
    .option('--ci <system>', 'write the CI file beside it: github or gitlab')
    .option('--json', 'print what was written and left out as JSON')
    .addHelpText('after', HELP)
    .action(async (sources: readonly string[], options: InitOptions) => {
      const { writeFirstScenario } = await import('../actions/write-first-scenario.ts');
      process.exitCode = await writeFirstScenario(sources, options, terminal);
    });
}
