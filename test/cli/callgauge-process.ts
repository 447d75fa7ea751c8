import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** What a command left behind when it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallgaugeOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The file of the program; from source where it is left out. */
  readonly program?: string;
}

/** A `callgauge` command that was started as a user would, in a process of its own. */
export class CallgaugeProcess {
  readonly child: ChildProcess;
  #out = '';
  #err = '';
  #heard: () => void = () => {};

  constructor(args: readonly string[], options: CallgaugeOptions = {}) {
    const program = options.program ?? join(ROOT, 'src/cli/main.ts');
    this.child = spawn(process.execPath, [program, ...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#heard();
    });
    this.child.once('close', () => this.#heard());
  }

  /** Resolves, with all it wrote about its progress so far, when that matches the text. */
  async says(text: string | RegExp): Promise<string> {
    const hasSaid = (): boolean =>
      typeof text === 'string' ? this.#err.includes(text) : text.test(this.#err);
    while (!hasSaid()) {
      if (this.child.exitCode !== null) throw new Error(`ended without ${text}:\n${this.#err}`);
      await new Promise<void>((heard) => {
        this.#heard = heard;
      });
    }
    return this.#err;
  }

  async ended(): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'close');
    }
    return { code: this.child.exitCode, out: this.#out, err: this.#err };
  }
}

/** Runs a command to its end. */
export function callgauge(args: readonly string[], options: CallgaugeOptions = {}): Promise<Ended> {
  return new CallgaugeProcess(args, options).ended();
}

/** A folder of its own for a test's store and files. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'callgauge-'));
  readonly storeDir = join(this.folder, 'store');

  /** Returns the path of a new file. */
  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Returns the command lines of live processes that name this folder; Linux only. */
  processes(): readonly string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/u.test(pid) || Number(pid) === process.pid) return [];
      const line = commandLine(pid);
      return line.includes(this.folder) ? [`${pid} ${line}`] : [];
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
