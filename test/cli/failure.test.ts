import { expect, it } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { HarnessError } from '../../src/core/index.ts';

function linesOf(path: readonly (string | number)[], message: string): readonly string[] {
  const lines: string[] = [];
  const terminal = { isPlugIn: false, progress: (line: string) => lines.push(line) };
  const problem = {
    file: 's.yaml',
    message,
    hint: 'Fix it.',
    path,
    position: { line: 3, column: 5 },
  };
  const error = new HarnessError('SCENARIO_INVALID', message, {
    hint: 'Fix it.',
    problems: [problem],
  });
  reportFailure(error, terminal as unknown as Terminal);
  return lines;
}

it.each([
  [['thresholds', 3], 'thresholds[3] must be a text', 's.yaml:3:5: thresholds[3] must be a text'],
  [['load', 0, 'for'], 'for must be a time', 's.yaml:3:5: load[0].for: for must be a time'],
  [['thresholds', 3], 'unknown metric', 's.yaml:3:5: thresholds[3]: unknown metric'],
  [[], 'the file is empty', 's.yaml:3:5: the file is empty'],
])('a problem names its place once: %j', (path, message, line) => {
  expect(linesOf(path, message)).toEqual(['callgauge: 1 problem in s.yaml', line, '  Fix it.']);
});
