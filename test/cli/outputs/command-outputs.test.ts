import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { CommandOutputs, type CommandResult } from '../../../src/cli/outputs/command-outputs.ts';
import { withOutputs } from '../../../src/cli/outputs/command-outputs.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { HarnessError } from '../../../src/core/index.ts';
import { SAMPLE_CRITERIA } from '../../report/ci/sample-criteria.ts';
import { Workplace } from '../callgauge-process.ts';

let place: Workplace;
let lines: string[];
beforeEach(() => {
  place = new Workplace();
  lines = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

/** What is said goes to `lines`, each kind with its mark. */
const terminal = {
  styled: (text: string) => lines.push(`styled ${text.split('\n')[0]}`),
  json: (text: string) => lines.push(`json ${text}`),
  out: (...texts: string[]) => lines.push(`out ${texts[0]}`),
  program: (text: string) => lines.push(`program ${text.split('\n')[0]}`),
  annotate: (text: string) => lines.push(`annotate ${text}`),
  progress: (text: string) => lines.push(`progress ${text}`),
  width: 80,
  color: false,
} as unknown as Terminal;

async function failedResult(): Promise<CommandResult> {
  const criteria = await SAMPLE_CRITERIA['failed']?.();
  if (criteria === undefined) throw new Error('a sample');
  return { document: criteria.document, json: () => '{"a":1}\n', criteria: async () => criteria };
}

const outputsOf = (output: readonly string[], rest: object = {}): CommandOutputs =>
  new CommandOutputs({ command: 'run a', inputs: [], terminal, options: { output, ...rest } });

it('prints the one form that is asked for, text for people by itself', async () => {
  const result = await failedResult();
  expect(await outputsOf([]).report(result, 99)).toBe(99);
  await outputsOf([], { json: true }).report(result, 99);
  await outputsOf([], { markdown: true }).report(result, 99);
  await outputsOf([], { nagios: true }).report(result, 99);
  await outputsOf([], { nagios: true }).report(result, 111);
  expect(lines).toEqual([
    expect.stringMatching(/^styled callgauge {2}checkout +✗ FAILED$/u),
    'json {"a":1}\n',
    'out # checkout: ✗ FAILED',
    expect.stringMatching(
      /^program CALLGAUGE CRITICAL - checkout: failed, 1 of 5 criteria hold; /u,
    ),
    expect.stringMatching(/^program CALLGAUGE WARNING - /u),
  ]);
});

it('writes every form beside what it prints, and nothing else into the folder', async () => {
  const folder = join(place.folder, 'reports');
  const formats = ['junit', 'html', 'markdown', 'json', 'openmetrics', 'text'];
  const outputs = outputsOf(formats.map((format) => `${format}=${folder}/${format}`));
  await outputs.report(await failedResult(), 99);
  expect(lines).toHaveLength(1);
  expect(readdirSync(folder).toSorted()).toEqual(formats.toSorted());
  const begin = (name: string) => readFileSync(join(folder, name), 'utf8').slice(0, 15);
  expect(formats.map(begin)).toEqual([
    '<?xml version="',
    '<!doctype html>',
    '# checkout: ✗ F',
    '{"a":1}\n',
    '# TYPE callgaug',
    'callgauge  chec',
  ]);
});

it('keeps an output that cannot be written from none of the others, and turns 0 into 110', async () => {
  const [lost, kept] = [join(place.folder, 'lost'), join(place.folder, 'kept.md')];
  for (const [code, ended] of [
    [0, 110],
    [121, 121],
  ] as const) {
    lines = [];
    const outputs = outputsOf([`junit=${lost}/a.xml`, `markdown=${kept}`]);
    rmSync(lost, { recursive: true });
    expect(await outputs.report(await failedResult(), code)).toBe(ended);
    expect(existsSync(kept)).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(/^styled /u),
      expect.stringMatching(/^progress callgauge: .*lost\/a\.xml cannot be written: ENOENT/u),
      expect.stringMatching(/^progress {3}Name a file/u),
    ]);
  }
});

it('gives GitHub places by their way from the repository, and the report as a summary', async () => {
  const summary = place.file('summary', 'before\n');
  vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
  vi.stubEnv('GITHUB_WORKSPACE', join(process.cwd(), 'test'));
  const { criteria, ...rest } = await failedResult();
  const report = await criteria();
  const files = ['test/perf/checkout.yaml', 'elsewhere/checkout.yaml'];
  const placed = report.criteria.slice(1, 3).map((criterion, i) => ({
    ...criterion,
    place: { file: files[i] ?? '', line: 12, column: 5 },
  }));
  const result = { ...rest, criteria: async () => ({ ...report, criteria: placed }) };
  await outputsOf(['github']).report(result, 99);
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^annotate ::error file=perf\/checkout\.yaml,line=12,col=5,title=/u),
    expect.stringMatching(/^annotate ::error title=/u),
  ]);
  expect(readFileSync(summary, 'utf8')).toMatch(/^before\n\n# checkout: ✗ FAILED\n/u);
});

it('says in what CI shows why there is no result, and throws on', async () => {
  const [junit, json] = [join(place.folder, 'a.xml'), place.file('a.json', 'of another command')];
  const options = { output: [`junit=${junit}`, `json=${json}`] };
  const error = new HarnessError('SCENARIO_INVALID', 'one problem', {
    hint: 'Mend it.',
    problems: [
      { file: 'a.yaml', message: 'x', hint: 'y', path: ['load'], position: { line: 3, column: 1 } },
    ],
  });
  const command = { command: 'run a.yaml', inputs: ['a.yaml'], terminal, options };
  await expect(withOutputs(command, () => Promise.reject(error))).rejects.toBe(error);
  expect(readFileSync(junit, 'utf8')).toMatch(/<error message="x" type="error">a\.yaml:3:1\n/u);
  expect(existsSync(json)).toBe(false);
});
