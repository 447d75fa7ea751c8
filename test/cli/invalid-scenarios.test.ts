import { afterAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from './callgauge-process.ts';

const workplace = new Workplace();
afterAll(() => workplace.remove());

const VALID = `name: tiny
targets:
  api: { url: http://127.0.0.1:9 }
flows:
  look:
    - step: home
      target: api
      http: { path: / }
load:
  - phase: steady
    flow: look
    arrivals: { process: poisson, rate: 50/s }
    for: 1s
thresholds:
  - home.response p(99) < 300ms
`;

const CASES: readonly {
  name: string;
  text: string | Uint8Array;
  line: number;
  column: number;
  says: string;
}[] = [
  {
    name: 'a misspelt key',
    text: VALID.replace('arrivals:', 'arivals:'),
    line: 12,
    column: 5,
    says: 'arrivals',
  },
  {
    name: 'a negative rate',
    text: VALID.replace('50/s', '-5/s'),
    line: 12,
    column: 41,
    says: 'rate',
  },
  {
    name: 'an unknown flow',
    text: VALID.replace('flow: look', 'flow: lok'),
    line: 11,
    column: 11,
    says: 'look',
  },
  {
    name: 'a percentile of 101',
    text: VALID.replace('p(99)', 'p(101)'),
    line: 15,
    column: 21,
    says: '101',
  },
  { name: 'an empty file', text: '', line: 1, column: 1, says: 'empty' },
  {
    name: 'a binary file',
    text: Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]),
    line: 1,
    column: 5,
    says: 'text',
  },
];

describe('a scenario that is wrong', () => {
  it.each(CASES)('exits 104 on $name, at its line and column', async (wrong) => {
    const file = workplace.file(`${wrong.name.replaceAll(' ', '-')}.yaml`, wrong.text);
    const both = ['validate', 'run'].map((command) => callgauge([command, file]));
    for (const ended of await Promise.all(both)) {
      expect(ended.code).toBe(104);
      expect(ended.err).toContain(`${file}:${wrong.line}:${wrong.column}`);
      expect(ended.err).toContain(wrong.says);
      expect(ended.out).toBe('');
    }
  });

  it('puts place, problem and remedy of each together, in the order of the file', async () => {
    const text = VALID.replace('target: api', 'target: apo').replace('1s', '1');
    const file = workplace.file('two.yaml', text);
    const { err } = await callgauge(['validate', file]);
    expect(err.replaceAll(file, 'two.yaml').split('\n')).toEqual([
      'callgauge: 2 problems in two.yaml',
      'two.yaml:7:15: flows.look[0].target: unknown target "apo", did you mean "api"?',
      '  The targets of this scenario: api.',
      'two.yaml:13:10: load[0].for: for must name its unit, such as 1s, got 1',
      expect.stringMatching(/^ {2}How long the phase lasts\./u),
      '',
    ]);
  });

  it('exits 104 on a file that is not there, and names it', async () => {
    const ended = await callgauge(['run', `${workplace.folder}/none.yaml`]);
    expect(ended.code).toBe(104);
    expect(ended.err).toContain('none.yaml');
  });

  it('lets the file that all of these were made from pass', async () => {
    const ended = await callgauge(['validate', workplace.file('valid.yaml', VALID)]);
    expect(ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['rnu', 'x.yaml']],
    [['run']],
    [['run', 'scenarios/quickstart.yaml', '--metrics', 'http']],
    [['run', 'scenarios/quickstart.yaml', '--receive-wait', 'soon']],
    [['runs', '--limit', 'many']],
    [['gate', '--history', '--limit', '5']],
    [['runs', '--store', 'clickhouse://127.0.0.1']],
  ])('exits 104 on %j and says what it wants', async (args) => {
    const ended = await callgauge(args, { cwd: workplace.folder });
    expect(ended.code).toBe(104);
    expect(ended.err.length).toBeGreaterThan(20);
  });
});
