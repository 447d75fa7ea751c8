import { describe, expect, it } from 'vitest';
import { endedAtOnceLines } from '../../src/cli/ended-at-once.ts';

const command = (text: string): string => `callgauge ${text} --dir x`;

describe('a command that is ended at once', () => {
  it('names how to read each run that it has begun', () => {
    expect(endedAtOnceLines(['aa', 'bb'], command)).toEqual([
      'ended at once; what is stored of the run: callgauge report aa --dir x',
      'ended at once; what is stored of the run: callgauge report bb --dir x',
    ]);
  });

  it('says nothing before a run has begun', () => {
    expect(endedAtOnceLines([], command)).toEqual([]);
  });
});
