import type { FixedThreshold, ThresholdSpec } from './threshold-spec.ts';
import type { Ns, RatePerSec, Ratio } from '../core/index.ts';
import type { FaultSpec } from '../faults/index.ts';
import type { BalanceSpec, HealthSpec } from '../resilience/index.ts';
import type { ProxySpec } from '../toxics/index.ts';
import type { AbSpec } from './ab/ab-spec.ts';
import type { PropagationFormat } from '../trace/index.ts';
import type { FeederSpec, FlowSpec } from './flow-spec.ts';
import type { GrpcTargetSpec, TargetProtocol } from './protocols/index.ts';
import type { ConnectionOptions } from './connection-options.ts';

export type * from './connection-options.ts';
export type * from './threshold-spec.ts';

/**
 * A scenario as the rest of callgauge sees it: validated, defaults filled in, units converted,
 * deeply frozen. Texts in `url`, `upstream`, `env` and `command` may still hold `${...}` references
 * to addresses that are only known once services and proxies listen.
 */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Governs arrivals, faults and sampling; the same seed repeats them exactly. */
  readonly seed: number;
  readonly services: readonly ServiceSpec[];
  readonly targets: readonly TargetSpec[];
  readonly proxies: readonly ProxySpec[];
  readonly flows: readonly FlowSpec[];
  /**
   * Made once, before the load, a search's too; what it captures is known in every flow. Absent for
   * none.
   */
  readonly setup?: FlowSpec;
  /** Made once, after the load, a search's too, whatever happened in it. Absent for none. */
  readonly teardown?: FlowSpec;
  /** Absent for none. */
  readonly feeders?: readonly FeederSpec[];
  /** The module with hooks, relative to the scenario file's folder; absent for none. */
  readonly hooks?: string;
  /** Whose cookies are kept together; absent where none are kept. */
  readonly cookies?: 'iteration' | 'user';
  readonly load: readonly PhaseSpec[];
  readonly faults: readonly FaultSpec[];
  readonly trace: TraceSpec;
  readonly engine: EngineSpec;
  readonly thresholds: readonly ThresholdSpec[];
  /** Absent for none of it. */
  readonly gate?: GateSpec;
  /** Of one that measures two versions of a target in one run. */
  readonly ab?: AbSpec;
  /** The file as it was read, and its name for messages. */
  readonly source: { readonly file: string; readonly text: string };
}

/** What all thresholds have in common. */
export interface GateSpec {
  /** How much longer than planned a load may go on for thresholds that are open at its end. */
  readonly extendAtMostNs?: Ns;
  /**
   * A stored run, or a baseline file, relative to the scenario file's folder; absent for none.
   */
  readonly baseline?: string;
}

/**
 * A process that the run starts and stops. It is given a free port in PORT, its name in
 * OTEL_SERVICE_NAME and the run's receiver in OTEL_EXPORTER_OTLP_ENDPOINT.
 */
export interface ServiceSpec {
  readonly name: string;
  /** Program and arguments; no shell. A relative program path is relative to `cwd`. */
  readonly command: readonly string[];
  /** Working directory; relative to the scenario file's folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ready: ReadySpec;
  readonly readyWithinNs: Ns;
}

/**
 * How a service shows that it is ready, on its port: a GET of a path answers 2xx; it takes a
 * connection; `grpc.health.v1.Health/Check` answers SERVING, '' being the server as a whole; or it
 * writes a line that fits a regular expression.
 */
export type ReadySpec =
  | { readonly by: 'http'; readonly path: string }
  | { readonly by: 'tcp' }
  | { readonly by: 'grpc'; readonly service: string }
  | { readonly by: 'log'; readonly pattern: string };

export interface TargetSpec extends ConnectionOptions {
  readonly name: string;
  /** `http://host:port` or `https://...`; a path in it is put before every step's path. */
  readonly url: string;
  /** The URLs of its further endpoints, `url` being the first; absent for none. */
  readonly endpoints?: readonly string[];
  /** Absent: round robin. */
  readonly balance?: BalanceSpec;
  /** Absent: an endpoint is always in. */
  readonly health?: HealthSpec;
  /** Most connections open at once, over all sending workers; to each of its endpoints. */
  readonly connections: number;
  readonly connectTimeoutNs: Ns;
  /** Absent: http1. */
  readonly protocol?: TargetProtocol;
  /** Of grpc: where the schema comes from. */
  readonly grpc?: GrpcTargetSpec;
  /** Of http2 and grpc: most calls at once on one connection; absent: 100. */
  readonly streams?: number;
  /** The formats of the trace context that its calls carry; absent: those of `trace`. */
  readonly propagate?: readonly PropagationFormat[];
}

/** One stretch of the load, of the open or of the closed model. */
export type PhaseSpec =
  | OpenPhaseSpec
  | ReplayPhaseSpec
  | ClosedPhaseSpec
  | SaturatePhaseSpec
  | CapacityPhaseSpec;

interface PhaseCommon {
  readonly name: string;
  readonly flow: string;
  /** Of an A/B run: the flow of the arrivals whose turn is B's, `flow` being A's. */
  readonly flowOfB?: string;
  readonly durationNs: Ns;
  /** False: the calls are made and stored, and no result counts them. */
  readonly measure: boolean;
  /** Absent where no rows end it. */
  readonly rowsEnd?: RowsEnd;
}

/** The end of a phase, and of the load, by the rows of a feeder. */
export interface RowsEnd {
  /** Most arrivals of the phase. */
  readonly arrivals: number;
  /** The rows: most arrivals of all phases together. */
  readonly rows: number;
  /** Whose rows, for people: `users.csv`, or the feeder's name. */
  readonly of: string;
}

/** Arrivals come by a rate, whatever became of those before them. */
export interface OpenPhaseSpec extends PhaseCommon {
  readonly arrivals: ArrivalsSpec;
  readonly capacity?: never;
  readonly users?: never;
  readonly replay?: never;
  readonly saturate?: never;
}

/** Arrivals come when those of a recorded list came, whatever became of those before them. */
export interface ReplayPhaseSpec extends PhaseCommon {
  readonly replay: ReplaySpec;
  readonly capacity?: never;
  readonly arrivals?: never;
  readonly users?: never;
  readonly saturate?: never;
}

/** A recorded list of arrivals. A phase whose list is not read lasts 0 ns. */
export interface ReplaySpec {
  readonly source: ReplayFileSpec | ReplayRunSpec;
  /** How many times as fast as they came the arrivals are repeated. */
  readonly speed: number;
  /** The longest that the phase may last; Infinity for no bound but the list's end. */
  readonly durationNsMax: Ns;
}

export interface ReplayFileSpec {
  /** Relative to the scenario file's folder. */
  readonly file: string;
  readonly run?: never;
  readonly format: 'auto' | 'access' | 'json' | 'csv' | 'w3c' | 'plain';
  /** The fields of JSON, CSV and W3C logs; undefined for the usual names. */
  readonly timeField: string | undefined;
  readonly methodField: string | undefined;
  readonly pathField: string | undefined;
  /** What says how long a request took; of an access log a word's number, or `name` of `name=`. */
  readonly durationField: string | undefined;
  readonly durationUnit: 's' | 'ms' | 'us' | 'ns' | undefined;
  /** Which moment of a request its time is; undefined for what the format says. */
  readonly timeOf: 'start' | 'end' | undefined;
  /**
   * Whether a line without a time, or a request that is wanted, is counted and left out; else it is
   * an error.
   */
  readonly skipBadLines: boolean;
}

export interface ReplayRunSpec {
  /** A run id, or `latest`. */
  readonly run: string;
  readonly file?: never;
}

export interface ReplayedRequest {
  readonly method: string;
  readonly path: string;
}

/** Virtual users, each of which begins its next iteration of the flow when the last one is over. */
export interface ClosedPhaseSpec extends PhaseCommon {
  readonly users: UsersSpec;
  readonly capacity?: never;
  readonly arrivals?: never;
  readonly replay?: never;
  readonly saturate?: never;
}

/** As many calls of the flow's one constant step as the target answers. */
export interface SaturatePhaseSpec extends PhaseCommon {
  readonly saturate: SaturateSpec;
  readonly capacity?: never;
  readonly arrivals?: never;
  readonly users?: never;
  readonly replay?: never;
}

/**
 * Probes at one rate each, in search of the highest rate that meets the objectives. What they will
 * be only the search can tell: until then the phase lasts 0 ns.
 */
export interface CapacityPhaseSpec extends PhaseCommon {
  readonly capacity: CapacitySpec;
  readonly arrivals?: never;
  readonly users?: never;
  readonly replay?: never;
  readonly saturate?: never;
}

export interface CapacitySpec {
  /** Of p(N), med or rate, with < or <=, and of no phase; at least one. */
  readonly objectives: readonly FixedThreshold[];
  /** Below `toPerSec`. */
  readonly fromPerSec: RatePerSec;
  readonly toPerSec: RatePerSec;
  /** How close the ends of the bracket shall be, 0.01 to 0.5. */
  readonly precisionRatio: Ratio;
  /** The least length of one probe. */
  readonly probeNs: Ns;
  readonly process: ArrivalProcess;
}

export interface SaturateSpec {
  readonly connections: number;
  /** Calls under way at once on one connection. */
  readonly pipelining: number;
}

export interface UsersSpec {
  /** How many there are: at most so many iterations are under way at once. */
  readonly count: number;
  /** Iterations of all users together, after which the phase is over; Infinity for no bound. */
  readonly iterations: number;
  /** How many arrivals come before the phase, where numbers decide over rows; absent: any. */
  readonly firstArrival?: number;
  /** The pause of a user between two iterations: drawn evenly between the two, by the seed. */
  readonly think: { readonly minNs: Ns; readonly maxNs: Ns };
}

/** How arrivals are spaced: `constant` evenly along the rate, `poisson` at random (seeded). */
export type ArrivalProcess = 'constant' | 'poisson';

/** The wanted rate over the phase, and the process that turns it into arrivals. */
export interface ArrivalsSpec {
  readonly process: ArrivalProcess;
  /**
   * Straight pieces, end to end: the rate goes from `fromPerSec` to `toPerSec` in `durationNs`.
   * One level piece is a constant rate, one sloped piece a ramp. Durations sum to the phase's.
   */
  readonly pieces: readonly RatePiece[];
}

export interface RatePiece {
  readonly fromPerSec: RatePerSec;
  readonly toPerSec: RatePerSec;
  readonly durationNs: Ns;
}

export interface TraceSpec {
  /** The formats of the trace context that calls carry, where their target says nothing of it. */
  readonly propagate: readonly PropagationFormat[];
  /** Which calls' spans are stored. Every call is in the histograms all the same. */
  readonly keep: {
    readonly headRatio: Ratio;
    readonly errors: boolean;
    /** The slowest share of the calls so far. */
    readonly slowRatio: Ratio;
  };
}

/**
 * How the sending loop is woken for an arrival. `precise`: it never sleeps, which takes a whole
 * core. `balanced`: a thread that sleeps exactly wakes it shortly before, a tenth of a core at
 * 1,000/s. `thrifty`: the loop's own timer of whole milliseconds. `auto` chooses by the machine's
 * cores.
 */
export type PacingMode = 'auto' | 'precise' | 'balanced' | 'thrifty';

export interface EngineSpec {
  readonly pacing: PacingMode;
  /** Threads that send, each its exact share; `auto` chooses by the highest rate and the cores. */
  readonly workers: number | 'auto';
  /** Most calls that may wait or be on the wire at once; an arrival past it is dropped. */
  readonly maxInFlight: number;
  /** How long calls may finish after the last arrival before they are cancelled. */
  readonly gracefulStopNs: Ns;
}
