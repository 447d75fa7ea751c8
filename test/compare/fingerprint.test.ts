import { expect, it } from 'vitest';

import { differenceText, fingerprintDifferences, fingerprintOf } from '../../src/compare/index.ts';
import { cpuLimitOf, machineFacts } from '../../src/run/machine-facts.ts';

const HERE = { platform: 'linux-x64', cpu: 'A', cores: '4', kernel: '6.8', node: 'v24.1.0' };

it('holds what can move numbers, and no name of a host, a file or a process', () => {
  const environment = { ...HERE, host: 'secret', file: '/home/me/a.yaml', process: '12 abc' };
  expect(fingerprintOf({ ...environment, cpuLimit: '' })).toEqual(HERE);
});

it('tells another machine from another version, and says nothing of what one does not know', () => {
  const there = { ...HERE, cores: '2', node: 'v24.2.0', memoryLimit: '512 MiB' };
  const differences = fingerprintDifferences(HERE, there);
  expect(differences.map(({ field, isOtherMachine }) => [field, isOtherMachine])).toEqual([
    ['cores', true],
    ['node', false],
  ]);
  expect(differences.map(differenceText)).toEqual(['cores 2, not 4', 'Node v24.2.0, not v24.1.0']);
  expect(fingerprintDifferences(HERE, HERE)).toEqual([]);
});

it('knows this machine by the fields of a fingerprint', () => {
  const known = fingerprintOf(machineFacts());
  expect(known).toMatchObject({ platform: `${process.platform}-${process.arch}` });
  expect(Object.keys(known)).toEqual(expect.arrayContaining(['cores', 'kernel', 'node']));
});

it.each([
  ['150000 100000\n', '1.5'],
  ['100000 100000', '1'],
  ['33333 100000', '0.33'],
  ['max 100000\n', undefined],
  ['', undefined],
  ['1 0', undefined],
])('reads the limit of a control group: %j', (text, limit) => {
  expect(cpuLimitOf(text)).toBe(limit);
});
