import { describe, expect, it } from 'vitest';

import { usageErrorText } from '../../src/cli/usage-error.ts';
import { CallgaugeProcess } from './callgauge-process.ts';

describe('what is said of an argument that is not known', () => {
  it.each([
    ['a command', ['run\n::error::y']],
    ['an option', ['--x\n::error::y']],
    ['an option of a command', ['run', '--x\r\n::error::y', 'a.yaml']],
    ['too many arguments', ['store', 'status', 'a\n::error::y']],
  ])('has it on one line: %s', async (_what, args) => {
    const { code, err } = await new CallgaugeProcess(args).ended();
    expect(code).not.toBe(0);
    expect(err).toMatch(/·::error::y|too many arguments/u);
    expect(err.split('\n').filter((line) => /^\s*::/u.test(line))).toEqual([]);
  });

  it('keeps the suggestion on a line of its own', () => {
    const text = "error: unknown command 'rum'\n(Did you mean run?)";
    expect(usageErrorText(`${text}\n`)).toBe(text);
  });
});
