import type { ProcessIdentity } from './process-identity.ts';
import type { Ms, Ns } from './units.ts';

/**
 * `unfinished` is never stored: so is a run read that is stored as running, its process gone. It
 * was killed, or neither the store nor the disk took its end.
 */
export type RunStatus = 'running' | 'complete' | 'partial' | 'unfinished';

/**
 * What makes a phase's calls start. `open`: a rate, whatever became of the calls before. `closed`:
 * virtual users, each of which waits for its answer first, so that no queue can show.
 */
export type LoadModel = 'open' | 'closed';

/**
 * A phase as it was scheduled: `fromNs` and `toNs` count from the start of the run. A closed phase
 * whose iterations were done before its time ends then.
 */
export interface RunPhase {
  readonly name: string;
  readonly fromNs: Ns;
  readonly toNs: Ns;
  readonly model: LoadModel;
  /** False for a warm-up, whose calls no result counts. */
  readonly measured: boolean;
}

/** A service of a run that ended though neither a fault nor the end of the run asked it to. */
export interface ServiceEnd {
  readonly service: string;
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** From the start of the run; 0 where it was before. */
  readonly atNs: Ns;
  /** Its last lines, stdout and stderr together; '' for none. As it wrote them. */
  readonly lastOutput: string;
}

/** Why a load ended that was judged while it went on, where no request of the user ended it. */
export interface LoadEnd {
  /**
   * `failed`: a threshold that ends a load had failed. `decided`: what the load was to show was
   * known. `bound`: it was not, and the load had gone on as long as it may.
   */
  readonly kind: 'failed' | 'decided' | 'bound';
  /** One phrase: `create-order.response p(99) < 300ms failed`. */
  readonly reason: string;
  /** From when on nothing more began, from the start of the run. */
  readonly atNs: Ns;
  /** When the load was planned to end; before `atNs` where it went on past that. */
  readonly plannedNs: Ns;
}

/** One run, as the store keeps it. */
export interface RunRecord {
  /** 16 lower-case hex digits; the first half of every trace id that the run minted. */
  readonly runId: string;
  readonly scenario: string;
  readonly startedEpochMs: Ms;
  /** When the last call ended; 0 while the run goes on. */
  readonly endedEpochMs: Ms;
  readonly status: RunStatus;
  readonly seed: number;
  readonly phases: readonly RunPhase[];
  /** The scenario file as it was read, for people. */
  readonly source: string;
  /** What the run was to do, as JSON; '' for a run that was stored before there were plans. */
  readonly plan: string;
  /** What its report said of it, `passed` say; '' where there was none, or none that is stored. */
  readonly verdict: string;
  readonly harnessVersion: string;
  /** Where it ran: node version, platform, cores, host, and {@link processText}. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where each target was, by its name; absent in runs of before it was stored. */
  readonly targets?: Readonly<Record<string, string>>;
  /** In their order; absent for none. */
  readonly serviceEnds?: readonly ServiceEnd[];
  /** Absent where the load went on to its planned end and no further, or was stopped. */
  readonly loadEnd?: LoadEnd;
}

/** Returns how a process ended, for people: `with code 1`, `by SIGSEGV`. */
export function endedText({ code, signal }: Pick<ServiceEnd, 'code' | 'signal'>): string {
  return signal === null ? `with code ${code}` : `by ${signal}`;
}

/**
 * What the environment of a run of `callgauge load` has under `file`, where others have the name of
 * their scenario's file.
 */
export const LOAD_FILE = 'callgauge load';

/** Returns a process as the environment of its run has it, under `process`. */
export function processText({ pid, mark }: ProcessIdentity): string {
  return `${pid} ${mark}`;
}

/** Returns the process that carried out a run; undefined where none is stored. */
export function processOfRun({ environment }: RunRecord): ProcessIdentity | undefined {
  const [, pid, mark] = /^(\d+) (.+)$/u.exec(environment['process'] ?? '') ?? [];
  return pid === undefined || mark === undefined ? undefined : { pid: Number(pid), mark };
}

/**
 * What a fault acts on: what passes a proxy, a service of the run, or a process that was there
 * before.
 */
export const FAULT_PLACE_KINDS = ['proxy', 'service', 'process'] as const;
export type FaultPlaceKind = (typeof FAULT_PLACE_KINDS)[number];

/** When an action on a proxy or a process took effect. */
export interface Completion {
  /** Wall time, ms since the Unix epoch, with fractions. */
  readonly atEpochMs: Ms;
  /** What the window of a fault records of it; absent for nothing. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A time in which one fault was active, as it really began and ended. */
export interface FaultWindow {
  readonly fault: string;
  readonly placeKind: FaultPlaceKind;
  /** The name of the proxy or service, or the process's id. */
  readonly place: string;
  /** The toxic's type, `latency` say; of a service or process `pause` or `kill`. */
  readonly effect: string;
  /** Its settings by name, the unit last in each name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** Attribute of the window of a fault that the scenario gave no time. */
export const LASTING: Readonly<Record<string, string>> = { during: 'run' };

/**
 * Returns whether the fault was meant to last the whole run: then it is a condition under which all
 * was measured, and takes nothing from the healthy time.
 */
export function isLasting({ attributes }: FaultWindow): boolean {
  return attributes['during'] === LASTING['during'];
}

/** Returns whether [fromNs, toNs] and the window share a moment. */
export function overlaps(window: FaultWindow, fromNs: Ns, toNs: Ns): boolean {
  return fromNs <= window.toNs && toNs >= window.fromNs;
}
