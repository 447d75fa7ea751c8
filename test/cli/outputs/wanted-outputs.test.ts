import { expect, it } from 'vitest';

import { wantedOutputs } from '../../../src/cli/outputs/wanted-outputs.ts';

const NOWHERE = { env: {}, inputs: [] };

it('takes each form with its file, and GitHub where it says its summary', () => {
  const texts = ['junit=reports/a=b.xml', 'text=x', 'github', 'openmetrics=m.txt', 'json=j'];
  const env = { GITHUB_STEP_SUMMARY: '/tmp/summary' };
  expect(wantedOutputs([...texts, 'markdown=m.md'], { env, inputs: [] })).toEqual([
    { format: 'junit', file: 'reports/a=b.xml' },
    { format: 'text', file: 'x' },
    { format: 'github', file: '/tmp/summary' },
    { format: 'openmetrics', file: 'm.txt' },
    { format: 'json', file: 'j' },
    { format: 'markdown', file: 'm.md' },
  ]);
});

it.each([
  ['junt=a.xml', /must be one of junit, .*, github, got junt, did you mean "junit"\?$/u],
  ['', /must be one of .*, got $/u],
  ['junit', /--output junit needs a file, got junit$/u],
  ['markdown=', /--output markdown needs a file/u],
  ['github=a', /takes no file, got github=a$/u],
  ['github', /needs GITHUB_STEP_SUMMARY, which is not set$/u],
])('refuses %j, and says what is wanted', (text, message) => {
  expect(() => wantedOutputs([text], NOWHERE)).toThrow(
    expect.objectContaining({ code: 'USAGE_INVALID', message: expect.stringMatching(message) }),
  );
});

it('refuses a file that is read, or written twice, by whatever name', () => {
  const inputs = ['perf/checkout.yaml'];
  expect(() => wantedOutputs(['json=./perf/../perf/checkout.yaml'], { env: {}, inputs })).toThrow(
    'is read by the command',
  );
  expect(() => wantedOutputs(['json=a', 'junit=./a'], NOWHERE)).toThrow('by another --output: ./a');
});
