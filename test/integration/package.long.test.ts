import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge, CallgaugeProcess, type Ended, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { faultScenario, type FaultReport } from './faults-run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const place = new Workplace();
const folder = join(place.folder, 'package');
const program = join(folder, 'dist/bundle/main.js');
const bare = join(place.folder, 'bare');
const OPTIONAL = ['chdb', '@chdb', 'ffi-rs'];
const dir = ['--dir', place.storeDir];

beforeAll(() => {
  const build = [join(ROOT, 'scripts/build.ts'), join(folder, 'dist')];
  execFileSync(process.execPath, build, { cwd: ROOT, stdio: 'pipe' });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // The same, as `npm install --omit=optional` leaves it.
  cpSync(join(folder, 'dist'), join(bare, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(bare, 'package.json'));
  mkdirSync(join(bare, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (OPTIONAL.includes(name)) continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(bare, 'node_modules', name));
  }
}, 120_000);
afterAll(async () => {
  await built('store', 'stop', ...dir);
  place.remove();
});

function built(...args: readonly string[]): Promise<Ended> {
  return callgauge(args, { program });
}

/** Each thread and child process has a file of its own in the package. */
describe('the package as it is published', () => {
  it('has every entry that a module names, the queries, and the licences of what it holds', () => {
    const sources = globSync(join(ROOT, 'src/**/*.ts')).map((path) => readFileSync(path, 'utf8'));
    const named = sources.flatMap((text) =>
      [...text.matchAll(/siblingModule\(import\.meta\.url, '([\w-]+)'\)/gu)].map(
        ([, name]) => name,
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(existsSync(join(program, `../${name}.js`)), name).toBe(true);
    const queries = globSync(join(ROOT, 'src/store/sql/queries/*.sql')).map((path) =>
      basename(path),
    );
    for (const query of queries)
      expect(existsSync(join(program, '../sql/queries', query))).toBe(true);
    const licences = readFileSync(join(program, '../LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'yaml', '@clickhouse/client', '@opentelemetry/api']) {
      expect(licences).toMatch(
        new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, (?:MIT|ISC|Apache-2\\.0)$`, 'mu'),
      );
    }
  });

  it('says its version and validates a scenario', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await built('--version')).out.trim()).toBe(version);
    expectExit(await built('validate', join(ROOT, 'scenarios/quickstart.yaml')), 0);
  });

  it('runs a scenario with a service, a proxy and a store of its own, and reports on it', async () => {
    const file = faultScenario(place, {
      forSec: 3,
      faults: `  - name: slow
    proxy: api
    toxic: { type: latency, latency: 50ms }
    during: { phase: steady, from: 1s, for: 1s }
`,
    });
    const ended = await built('run', file, '--json', ...dir);
    // On a busy machine the generator may have been late: the report is there all the same.
    expect([0, 121, 122]).toContain(ended.code);
    const { metadata, results } = JSON.parse(ended.out) as FaultReport;
    expect(results.faults[0]?.steps[0]?.during.calls).toBeGreaterThan(50);
    const stored = await built('report', metadata.runId, '--json', ...dir);
    expect(JSON.parse(stored.out)).toMatchObject({ results: { faults: [{ fault: 'slow' }] } });
  });

  it('names both ways on where the local server was left out', async () => {
    const ended = await callgauge(['runs', '--dir', join(bare, 'store')], {
      program: join(bare, 'dist/bundle/main.js'),
    });
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('its npm packages chdb and ffi-rs were left out');
    expect(ended.err).toContain('npm install --include=optional');
    expect(ended.err).toContain('--store http://');
  });

  it('receives the spans of a service', async () => {
    const receiver = new CallgaugeProcess(['receive', '--listen', '0', ...dir], { program });
    try {
      const said = await receiver.says(/http:\/\/127\.0\.0\.1:\d+/u);
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/u.exec(said) ?? [];
      const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
      const provider = new BasicTracerProvider({
        spanProcessors: [new SimpleSpanProcessor(exporter)],
      });
      const span = provider.getTracer('test').startSpan('packaged');
      span.end();
      await provider.forceFlush();
      const { traceId } = span.spanContext();
      receiver.child.kill('SIGINT');
      expect((await receiver.ended()).code).toBe(0);
      expect((await built('trace', traceId, ...dir)).out).toContain('packaged');
    } finally {
      receiver.child.kill('SIGKILL');
    }
  });
});
