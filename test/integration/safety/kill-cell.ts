import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../../src/store/index.ts';
import { callgauge, CallgaugeProcess, Workplace, type Ended } from '../../cli/callgauge-process.ts';
import type { Draw } from '../../fuzz/draw.ts';
import { freePort } from '../free-port.ts';
import { markedProcesses, type MarkedProcess } from './marked-processes.ts';

export const VICTIMS = ['cli', 'guardian', 'store', 'service', 'proxy', 'receiver'] as const;
export const MOMENTS = ['start', 'middle', 'end'] as const;
/** `STOP 5s` goes on after 5 s; `STOP` never does. */
export const SIGNALS = ['KILL', 'TERM', 'HUP', 'STOP 5s', 'STOP'] as const;

export interface KillCell {
  readonly victim: (typeof VICTIMS)[number];
  readonly moment: (typeof MOMENTS)[number];
  readonly signal: (typeof SIGNALS)[number];
}

/** What a cell left behind. */
export interface KillOutcome {
  readonly run: Ended;
  /** Whether the end was ours: a command that is stopped for good ends by nothing else. */
  readonly wasEnded: boolean;
  /** What was alive long after the end of the command. */
  readonly left: readonly MarkedProcess[];
  readonly next: Ended;
  /** The states of all runs, behind the next one. */
  readonly states: readonly string[];
  /** How many spans were acknowledged to the service. */
  readonly acknowledged: number;
  /** Spans that were acknowledged and are not in the store, and those that are there twice. */
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

const LOAD_MS = 3_000;
const PAUSE_MS = 5_000;
/** How long a command that is stopped for good is left so. */
const FROZEN_MS = 3_000;
/** A second or two, and what a crowded machine makes of them. */
const LEFT_WITHIN_MS = 30_000;
/** The command ends within 20 s; behind many times that the cell does not wait for it. */
const GIVEN_UP_MS = 100_000;
const SERVICE = join(import.meta.dirname, 'exporting-service.mjs');

/** Runs a load, sends the signal, and returns what came of it. */
export async function killed(cell: KillCell, draw: Draw): Promise<KillOutcome> {
  const world = await World.built(cell);
  try {
    return await world.outcome(cell, draw);
  } finally {
    await world.remove();
  }
}

/** The processes and files of one cell. */
class World {
  readonly #mark = randomBytes(8).toString('hex');
  readonly #workplace = new Workplace();
  readonly #acknowledged = join(this.#workplace.folder, 'acknowledged');
  /** Where calls arrive that do not go to a service of the run, and those of the next run. */
  readonly #upstream: Server = createServer((_, response) => response.end('ok'));
  #beside: CallgaugeProcess | undefined;
  #scenario = '';

  static async built({ victim }: KillCell): Promise<World> {
    const world = new World();
    world.#upstream.listen(0, '127.0.0.1');
    await once(world.#upstream, 'listening');
    const port = await freePort();
    if (victim === 'proxy') {
      const admin = ['--listen', `127.0.0.1:${await freePort()}`];
      const proxied = `shop=127.0.0.1:${port},127.0.0.1:${world.#upstreamPort}`;
      world.#beside = world.#started(['proxy', '--proxy', proxied, ...admin]);
      await world.#beside.says('shop');
    } else if (victim === 'receiver') {
      const listen = ['--listen', `127.0.0.1:${port}`];
      world.#beside = world.#started(['receive', ...listen, ...world.#dir]);
      await world.#beside.says(String(port));
    }
    world.#scenario = world.#workplace.file('shop.yaml', world.#text(victim, port));
    return world;
  }

  async outcome({ victim, moment, signal }: KillCell, draw: Draw): Promise<KillOutcome> {
    const run = this.#started(['run', this.#scenario, '--json', ...this.#dir]);
    const isRunning = (): boolean => run.child.exitCode === null && run.child.signalCode === null;
    if (moment !== 'start') await until(() => this.#hasCalls || !isRunning());
    await wait({ start: draw.below(600), middle: 1_500, end: LOAD_MS }[moment]);
    const find = (): number | undefined => this.#pidOf(victim, run);
    await until(() => find() !== undefined || !isRunning());
    const pid = find();
    if (pid !== undefined) send(pid, signal);
    if (pid !== undefined && signal === 'STOP 5s') {
      setTimeout(() => resume(pid), PAUSE_MS);
    }
    const isFrozen = signal === 'STOP' && victim === 'cli' && pid !== undefined;
    if (isFrozen) setTimeout(() => send(pid, 'KILL'), FROZEN_MS);
    let wasEnded = isFrozen;
    const giveUp = setTimeout(
      () => {
        wasEnded = true;
        run.child.kill('SIGKILL');
      },
      LOAD_MS + PAUSE_MS + GIVEN_UP_MS,
    );
    const ended = await run.ended();
    clearTimeout(giveUp);
    // The user's own command, stopped for good or not: it ends before the others are looked for.
    if (this.#beside) await this.#endBeside(signal === 'STOP');
    await until(() => this.#processes().length === 0, LEFT_WITHIN_MS);
    const left = this.#processes();
    for (const { pid: leftPid } of left) send(leftPid, 'KILL');
    const url = `http://127.0.0.1:${this.#upstreamPort}/`;
    const next = await callgauge(['load', url, '-R', '50', '-d', '1s', '--json', ...this.#dir]);
    return { run: ended, wasEnded, left, next, ...(await this.#stored()) };
  }

  async remove(): Promise<void> {
    for (const { pid } of this.#processes()) send(pid, 'KILL');
    await new Promise((closed) => this.#upstream.close(closed));
    this.#workplace.remove();
  }

  #processes(): readonly MarkedProcess[] {
    return markedProcesses(this.#mark, this.#workplace.folder);
  }

  get #dir(): readonly string[] {
    return ['--dir', this.#workplace.storeDir];
  }

  get #upstreamPort(): number {
    const address = this.#upstream.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Whether a call has come to the service, or through the proxy. */
  get #hasCalls(): boolean {
    return existsSync(join(this.#workplace.folder, 'called')) || this.#upstreamCalls > 0;
  }

  #upstreamCalls = 0;

  #started(args: readonly string[]): CallgaugeProcess {
    this.#upstream.on('request', () => this.#upstreamCalls++);
    return new CallgaugeProcess(args, { env: { CALLGAUGE_MARK: this.#mark } });
  }

  #pidOf(victim: KillCell['victim'], run: CallgaugeProcess): number | undefined {
    if (victim === 'cli') return run.child.pid;
    if (victim === 'proxy' || victim === 'receiver') return this.#beside?.child.pid;
    const part = { guardian: 'guardian-main', store: 'server-main', service: SERVICE }[victim];
    return this.#processes().find(({ commandLine }) => commandLine.includes(part))?.pid;
  }

  async #endBeside(isStopped: boolean): Promise<void> {
    this.#beside?.child.kill(isStopped ? 'SIGKILL' : 'SIGINT');
    await this.#beside?.ended();
  }

  #text(victim: KillCell['victim'], port: number): string {
    const services = `services:
  shop:
    command: [node, ${SERVICE}, ${this.#workplace.folder}]
    ready: /healthz
    env: { SPANS_TO: "${victim === 'receiver' ? `http://127.0.0.1:${port}` : ''}" }
`;
    const url = victim === 'proxy' ? `http://127.0.0.1:${port}` : `\${services.shop.url}`;
    return `name: killed
seed: 7
${victim === 'proxy' ? '' : services}
targets:
  shop: { url: "${url}" }
flows:
  look:
    - { step: home, target: shop, timeout: 1s, http: { path: / } }
load:
  - { phase: steady, arrivals: { process: constant, rate: 50/s }, for: ${LOAD_MS}ms }
trace: { keep: { head: 100%, errors: all, slow: 1% } }
`;
  }

  async #stored(): Promise<Pick<KillOutcome, 'states' | 'acknowledged' | 'lost' | 'doubled'>> {
    const acknowledged = existsSync(this.#acknowledged)
      ? readFileSync(this.#acknowledged, 'utf8').trim().split('\n')
      : [];
    const runs = await callgauge(['runs', '--json', ...this.#dir]);
    const store = await openStore({ dir: this.#workplace.storeDir });
    try {
      const rows = await store.connection.select<{ readonly spanId: string; readonly n: string }>(
        `SELECT SpanId AS spanId, toString(count()) AS n FROM otel_traces GROUP BY SpanId`,
        {},
      );
      const counts = new Map(rows.map(({ spanId, n }) => [spanId, Number(n)]));
      return {
        states: (JSON.parse(runs.out) as { readonly status: string }[]).map(({ status }) => status),
        acknowledged: acknowledged.length,
        lost: acknowledged.filter((id) => !counts.has(id)),
        doubled: [...counts].filter(([, n]) => n > 1).map(([id]) => id),
      };
    } finally {
      await store.close();
    }
  }
}

function send(pid: number, signal: KillCell['signal']): void {
  try {
    process.kill(pid, `SIG${signal.split(' ')[0]}` as NodeJS.Signals);
  } catch {
    // It has ended in the meantime.
  }
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was ended while it stood still.
  }
}

async function until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < untilMs) await wait(20);
}
