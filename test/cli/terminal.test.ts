import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { processTerminal, type Terminal } from '../../src/cli/terminal.ts';
import type { StyledText } from '../../src/report/index.ts';
import { hostileText, unprintableIn } from '../core/hostile-text.ts';

/** A stream that says of itself what a terminal would, or a pipe. */
function stream(says: { readonly isTTY?: true; readonly columns?: number }): NodeJS.WriteStream {
  return { isTTY: false, ...says, write: () => true } as unknown as NodeJS.WriteStream;
}

function terminalOf(says: Parameters<typeof stream>[0]) {
  return processTerminal({ stdout: stream(says), stderr: stream(says), env: {} });
}

describe('the width of a terminal', () => {
  it.each([
    ['0 columns, as a serial line says', 0, 80],
    ['nothing of its columns', undefined, 80],
    ['80 columns', 80, 80],
    ['40 columns', 40, 40],
    ['300 columns: longer lines are harder to follow', 300, 120],
  ])('that says %s', (_what, columns, width) => {
    const terminal = terminalOf({ isTTY: true, ...(columns === undefined ? {} : { columns }) });
    expect(terminal.width).toBe(width);
    // The last column is left free: some terminals wrap a line that fills it.
    expect(terminal.liveWidth).toBe(width - 1);
  });

  it('that is none is 100 columns', () => {
    expect(terminalOf({})).toMatchObject({ width: 100, liveWidth: 100 });
  });

  it('follows the window', () => {
    const resized = stream({ isTTY: true, columns: 120 });
    const terminal = processTerminal({ stdout: resized, stderr: resized, env: {} });
    resized.columns = 72;
    expect(terminal).toMatchObject({ width: 72, liveWidth: 71 });
  });
});

/** Returns all that a command wrote to a terminal of 100 columns. */
function written(isTTY: boolean, write: (terminal: Terminal) => void): string {
  let text = '';
  const into = {
    ...{ isTTY, columns: 100 },
    write: (chunk: string) => (text += chunk) !== '',
  } as unknown as NodeJS.WriteStream;
  write(processTerminal({ stdout: into, stderr: into, env: {} }));
  return text;
}

describe('what a terminal is sent', () => {
  it.each([true, false])('holds nothing that it obeys (a terminal: %s)', (isTTY) => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const all = written(isTTY, (terminal) => {
          terminal.out(text, text);
          terminal.prose(text, text);
          terminal.json(JSON.stringify({ text }));
          terminal.progress(text);
        });
        expect(unprintableIn(all)).toEqual([]);
        const live = written(isTTY, (terminal) => {
          terminal.live(text);
          terminal.live(text);
          terminal.endLive();
        });
        // What takes the line away is callgauge's own.
        expect(unprintableIn(live.replaceAll('\r\u001b[2K', ''))).toEqual([]);
      }),
    );
  });

  it.each([true, false])('holds nothing that a CI system obeys (a terminal: %s)', (isTTY) => {
    fc.assert(
      fc.property(hostileText(), fc.constantFrom('', '  ', '| '), (any, before) => {
        const text = `${before}${any}`;
        const all = written(isTTY, (terminal) => {
          terminal.out(text, text);
          terminal.prose(text, text);
          terminal.json(JSON.stringify({ text }));
          terminal.styled(text as StyledText);
          terminal.progress(text);
          terminal.endLive();
        });
        const obeyed = all.split(/[\r\n]/u).filter((line) => /^\s*::\p{L}|##\w*\[/u.test(line));
        expect(obeyed).toEqual([]);
        const json = written(false, (terminal) => terminal.json(JSON.stringify({ text })));
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });

  it('keeps what only looks like a command: addresses, headings, a mark within a line', () => {
    const lines = ['[::1]:8080', '::1', '## a heading', 'a ::error:: b', '#[x]'];
    expect(written(false, (terminal) => terminal.out(...lines))).toBe(`${lines.join('\n')}\n`);
    const commands = ['  ::error::x', 'a ##[error]x', '| ##vso[task.complete]'];
    expect(written(false, (terminal) => terminal.out(...commands))).toBe(
      '  ·:error::x\na #·[error]x\n| #·vso[task.complete]\n',
    );
  });

  const long = `  checkout: ${'word '.repeat(30)}store at .callgauge`;

  it('breaks what is for people between words, set in further', () => {
    for (const name of ['progress', 'prose'] as const) {
      const text = written(true, (terminal) => terminal[name](long));
      const [first = '', second = '', ...more] = text.trimEnd().split('\n');
      expect(first.length).toBeLessThanOrEqual(100);
      expect([first, second.trim()].join(' ')).toBe(long);
      expect(second).toMatch(/^ {4}word/u);
      expect(more).toEqual([]);
    }
  });

  it('breaks nothing for a pipe, nor what may be for another program', () => {
    expect(written(false, (terminal) => terminal.progress(long))).toBe(`${long}\n`);
    expect(written(false, (terminal) => terminal.prose(long))).toBe(`${long}\n`);
    expect(written(true, (terminal) => terminal.out(long))).toBe(`${long}\n`);
  });

  it('is one line for one line of progress, whatever is in it', () => {
    const text = written(false, (terminal) => terminal.progress('a\ncallgauge: PASSED\r\nb'));
    expect(text).toBe('a·callgauge: PASSED··b\n');
  });

  it('has the colours of a report, and of those that others might bring none but them', () => {
    const styled = '\u001b[1mtitle\u001b[22m \u001b[8mhidden\u001b[0m\n' as StyledText;
    const text = written(true, (terminal) => terminal.styled(styled));
    expect(text).toBe('\u001b[1mtitle\u001b[22m ·[8mhidden·[0m\n');
  });
});
