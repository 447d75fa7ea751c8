import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { tinyScenario } from './tiny-scenario.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const place = new Workplace();
const packageFolder = join(place.folder, 'package');
/** A checkout of the user's repository. */
const work = join(place.folder, 'work');
let archive = '';
let server: Server;

/** The server lets no call succeed: its runs fail however busy the machine is. */
beforeAll(async () => {
  const build = [join(ROOT, 'scripts/build.ts'), join(packageFolder, 'dist')];
  execFileSync(process.execPath, build, { cwd: ROOT, stdio: 'pipe' });
  for (const name of ['package.json', 'deploy']) {
    cpSync(join(ROOT, name), join(packageFolder, name), { recursive: true });
  }
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', place.folder];
  const name = execFileSync('npm', pack, { cwd: packageFolder, encoding: 'utf8' });
  archive = join(place.folder, name.trim());
  server = createServer((_request, response) => response.writeHead(503).end());
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(work);
  const thresholds = ['home.errors rate < 1%'];
  writeFileSync(
    join(work, 'perf.yaml'),
    tinyScenario({ url, rate: '100/s', for: '1s', thresholds }),
  );
}, 240_000);
afterAll(async () => {
  server.close();
  for (const dir of [place.storeDir, join(place.folder, 'runner/callgauge/store')]) {
    await callgauge(['store', 'stop', '--dir', dir]);
  }
  place.remove();
});

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Carries out a script as a runner does; the server above answers meanwhile. */
async function shell(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn('bash', args, { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  await once(child, 'close');
  return { code: child.exitCode, text };
}

/** What a runner has for a job, its Node first in the path; and the way to the registry. */
const JOB: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^npm_config_|proxy$|CERT|_CA/iu.test(name)),
  ),
  HOME: process.env['HOME'],
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  CI: 'true',
  NO_COLOR: '1',
};

const read = (...path: readonly string[]): string => readFileSync(join(work, ...path), 'utf8');

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

describe('the Action', () => {
  it('installs, runs, compares, and fails by the exit code', async () => {
    const { inputs, runs } = parse(
      readFileSync(join(packageFolder, 'deploy/github/action.yml'), 'utf8'),
    ) as Action;
    const values = new Map<string, string>();
    for (const [name, input] of Object.entries(inputs)) {
      values.set(`inputs.${name}`, input.default ?? '');
    }
    values.set('inputs.scenario', 'perf.yaml');
    values.set('inputs.baseline', 'before.json');
    values.set('inputs.package', archive);
    const file = (name: string): string => place.file(name, '');
    const files = {
      GITHUB_OUTPUT: file('output'),
      GITHUB_PATH: file('path'),
      GITHUB_ENV: file('env'),
      GITHUB_STEP_SUMMARY: file('summary'),
    };
    const linesOf = (path: string): readonly string[] =>
      readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const ended = new Map<string, Ended>();
    for (const step of runs.steps) {
      if (step.run === undefined || !holds(step.if ?? '', values)) continue;
      const own = Object.entries(step.env ?? {}).map(([name, text]) => [
        name,
        filled(text, values),
      ]);
      const added = linesOf(files.GITHUB_ENV).map((line) => line.split(/=(.*)/su).slice(0, 2));
      const env = {
        ...JOB,
        ...files,
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: work,
        GITHUB_ACTION_PATH: join(packageFolder, 'deploy/github'),
        RUNNER_TEMP: join(place.folder, 'runner'),
        ...(Object.fromEntries([...added, ...own]) as NodeJS.ProcessEnv),
        PATH: [...linesOf(files.GITHUB_PATH), JOB['PATH']].join(delimiter),
      };
      const script = place.file('step.sh', step.run);
      const options = ['--noprofile', '--norc', '-eo', 'pipefail', script];
      ended.set(step.id ?? step.name ?? '', await shell(options, env));
      for (const line of linesOf(files.GITHUB_OUTPUT)) {
        const [name, value = ''] = line.split('=');
        values.set(`steps.${step.id}.outputs.${name}`, value);
      }
      writeFileSync(files.GITHUB_OUTPUT, '');
    }
    const install = ended.get('Install callgauge');
    expect(install?.code, install?.text).toBe(0);
    const run = ended.get('run');
    expect(run?.code, run?.text).toBe(99);
    expect(values.get('steps.run.outputs.code')).toBe('99');
    expect(run?.text).toMatch(/^::error title=tiny%3A a call succeeds::/mu);
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^# tiny: ✗ FAILED\n/u);
    expect(read('callgauge-reports/junit.xml')).toContain('<failure message="none of ');
    for (const name of ['report.json', 'report.md', 'metrics.txt']) {
      expect(read('callgauge-reports', name)).not.toBe('');
    }
    expect(ended.get('Keep the run as a baseline')?.code).toBe(0);
    const compare = ended.get('compare');
    expect(compare?.text).toBe('no baseline at before.json yet: nothing is compared\n');
    expect(compare?.code).toBe(0);
  });
});

/** Returns a text with its expressions' values in their places. */
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/gu, (_all, name: string) => values.get(name) ?? '');
}

/** Returns whether a step's condition holds; of the few forms that the Action has. */
function holds(condition: string, values: ReadonlyMap<string, string>): boolean {
  const [, inner = ''] = /^\$\{\{ (.*) \}\}$/su.exec(condition) ?? [];
  return inner.split(' && ').every((term) => {
    if (term === '' || term === '!cancelled()') return true;
    const [, name = '', other] = /^([\w.-]+) != '(.*)'$/u.exec(term) ?? [];
    if (other !== undefined) return (values.get(name) ?? '') !== other;
    const [, list = '', of = ''] = /^contains\(fromJSON\('(.*)'\), ([\w.-]+)\)$/u.exec(term) ?? [];
    return (JSON.parse(list) as readonly string[]).includes(values.get(of) ?? '');
  });
}

interface GitlabJob {
  readonly variables: Readonly<Record<string, string>>;
  readonly before_script: readonly string[];
  readonly script: readonly string[];
  readonly artifacts: { readonly paths: readonly string[] };
}

describe('the template for GitLab', () => {
  const template = parse(
    readFileSync(join(ROOT, 'deploy/gitlab/callgauge.gitlab-ci.yml'), 'utf8'),
  ) as Readonly<Record<string, GitlabJob>>;
  const job = template['.callgauge'];
  if (job === undefined) throw new Error('the template has the job .callgauge');

  it('runs its script, which fails by the exit code and leaves the artifacts', async () => {
    const env = {
      ...JOB,
      ...job.variables,
      CALLGAUGE_PACKAGE: archive,
      CALLGAUGE_SCENARIO: 'perf.yaml',
      CALLGAUGE_DIR: place.storeDir,
      CI_PROJECT_DIR: work,
      GITLAB_CI: 'true',
    };
    const script = [...job.before_script, ...job.script].join('\n');
    const options = ['-eo', 'pipefail', place.file('job.sh', script)];
    const { code, text } = await shell(options, env);
    expect(code, text).toBe(99);
    expect(job.artifacts.paths).toEqual(['callgauge-reports/']);
    expect(read('callgauge-reports/junit.xml')).toContain('<failure message="none of ');
    expect(existsSync(join(work, 'callgauge-reports/metrics.txt'))).toBe(true);
  });

  it('installs the version that it is of', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect(job.variables['CALLGAUGE_PACKAGE']).toBe(`callgauge@${version}`);
    for (const path of ['deploy/github/example-workflow.yml', 'docs/howto/ci.md']) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      expect(text).toContain(`uses: OWNER/callgauge/deploy/github@v${version}\n`);
    }
  });
});
