import { stripVTControlCharacters } from 'node:util';

/** Where a command writes: results to `out`, everything about its progress to `progress`. */
export interface Terminal {
  out(text: string): void;
  /** Prints one whole line about the progress, above the live line if there is one. */
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
}

type Stream = NodeJS.WriteStream;

const WIDTH_WITHOUT_TERMINAL = 100;
const WIDTH_MAX = 120;
const PLAIN_LIVE_EVERY = 5;

/** Returns the process's own terminal. NO_COLOR and FORCE_COLOR are honoured. */
export function processTerminal(out: Stream, err: Stream, env: NodeJS.ProcessEnv): Terminal {
  const color = wantsColor(out, env);
  let liveShown = false;
  let liveCount = 0;
  const clear = (): void => {
    if (liveShown) err.write('\r\u001b[2K');
    liveShown = false;
  };
  return {
    width: Math.min(out.isTTY ? out.columns : WIDTH_WITHOUT_TERMINAL, WIDTH_MAX),
    liveWidth: Math.min(err.isTTY ? err.columns - 1 : WIDTH_WITHOUT_TERMINAL, WIDTH_MAX),
    color,
    out: (text) => {
      clear();
      out.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    progress: (line) => {
      clear();
      err.write(`${color ? line : stripVTControlCharacters(line)}\n`);
    },
    live: (line) => {
      if (err.isTTY) {
        err.write(`\r\u001b[2K${line}`);
        liveShown = true;
      } else if (liveCount++ % PLAIN_LIVE_EVERY === 0) {
        err.write(`${line}\n`);
      }
    },
    endLive: clear,
  };
}

function wantsColor(out: Stream, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return out.isTTY && env['TERM'] !== 'dumb';
}
