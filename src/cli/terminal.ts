import { printable, printableJson, printableLine, wrap } from '../core/index.ts';
import type { StyledText } from '../report/index.ts';
import { jsonWithoutCommands, withoutCommands } from './ci-commands.ts';

/**
 * Where a command writes: results to `out`, `styled` and `json`, everything about its progress to
 * `progress`. Whatever a text holds, no character leaves that a terminal obeys, but for ends of
 * lines and the colours of a report, and nothing that a CI system takes for a command but by
 * `annotate`: names and messages come from services, stores and files.
 */
export interface Terminal {
  /** Prints lines of a result as they are: they may be for another program. */
  out(...lines: readonly string[]): void;
  /** Prints lines of a result that are for people: between words they may be broken. */
  prose(...lines: readonly string[]): void;
  /** Prints a text that was set for a terminal, in its colours. */
  styled(text: StyledText): void;
  /** Prints JSON that says the same as the given. */
  json(text: string): void;
  /** Prints a text that was written for another program, which has made it printable itself. */
  program(text: string): void;
  /** Gives a CI system a command, above the live line: one that was made of escaped texts. */
  annotate(command: string): void;
  /** Prints one line about the progress, above the live line if there is one, as `prose` does. */
  progress(line: string): void;
  /** Replaces the live line. Where the terminal cannot redraw, prints it only every fifth time. */
  live(line: string): void;
  /** Takes the live line away. */
  endLive(): void;
  /** Columns of `out`; 100 where it is no terminal. */
  readonly width: number;
  /** Columns that the live line may take. */
  readonly liveWidth: number;
  readonly color: boolean;
  /** Whether Nagios reads `out`: one line there says how the command ended, whatever ended it. */
  readonly isPlugIn: boolean;
}

/** What of a process a terminal needs. */
interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly argv?: readonly string[];
}

const WIDTH_WITHOUT_TERMINAL = 100;
/** Of a terminal that does not say how wide it is: on a serial line or in a container it says 0. */
const WIDTH_UNSAID = 80;
const WIDTH_MAX = 120;
const PLAIN_LIVE_EVERY = 5;
/** What a report is coloured with (report/terminal/paint.ts): bold, dim, four colours. */
// oxlint-disable-next-line no-control-regex
const STYLES = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/u;

/** Returns the process's own terminal. NO_COLOR and FORCE_COLOR are honoured. */
export function processTerminal({ stdout: out, stderr: err, env, argv = [] }: Streams): Terminal {
  const color = wantsColor(out, env);
  let liveShown = false;
  let liveCount = 0;
  const clear = (): void => {
    if (liveShown) err.write('\r\u001b[2K');
    liveShown = false;
  };
  const print = (text: string): void => {
    clear();
    out.write(text.endsWith('\n') ? text : `${text}\n`);
  };
  return {
    get width() {
      return widthOf(out);
    },
    get liveWidth() {
      return err.isTTY ? widthOf(err) - 1 : WIDTH_WITHOUT_TERMINAL;
    },
    color,
    isPlugIn: argv.includes('--nagios'),
    out: (...lines) => print(lines.map(logLine).join('\n')),
    prose: (...lines) => print(lines.map((line) => proseOf(line, out)).join('\n')),
    styled: (text) => print(text.split('\n').map(printableStyled).join('\n')),
    json: (text) => print(jsonWithoutCommands(printableJson(text))),
    program: print,
    annotate: (command) => {
      clear();
      err.write(`${command}\n`);
    },
    progress: (line) => {
      clear();
      err.write(`${proseOf(line, err)}\n`);
    },
    live: (line) => {
      const text = withoutCommands(printable(line));
      if (err.isTTY) {
        err.write(`\r\u001b[2K${text}`);
        liveShown = true;
      } else if (liveCount++ % PLAIN_LIVE_EVERY === 0) {
        err.write(`${text}\n`);
      }
    },
    endLive: clear,
  };
}

/** Of the parts of a line every other one is a style. */
function printableStyled(line: string): string {
  const parts = line.split(STYLES).map((part, i) => (i % 2 === 1 ? part : printableLine(part)));
  return withoutCommands(parts.join(''));
}

function logLine(text: string): string {
  return withoutCommands(printableLine(text));
}

/**
 * A terminal would break a long line within a word. Here it breaks between words, and what follows
 * is set in further, so that it cannot pass for a line of its own.
 */
function proseOf(text: string, stream: NodeJS.WriteStream): string {
  if (!stream.isTTY) return logLine(text);
  const line = printableLine(text);
  const rest = `${/^ */u.exec(line)?.[0] ?? ''}  `;
  return wrap(line, { width: widthOf(stream), first: '', rest })
    .map(withoutCommands)
    .join('\n');
}

/** Asked anew each time: a window may be resized while a run goes on. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  if (!isTTY) return WIDTH_WITHOUT_TERMINAL;
  return columns > 0 ? Math.min(columns, WIDTH_MAX) : WIDTH_UNSAID;
}

function wantsColor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return out.isTTY && env['TERM'] !== 'dumb';
}
