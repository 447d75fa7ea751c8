import type { Ns, RatePerSec, Ratio } from '../core/index.ts';
import type { FaultSpec, ProxySpec } from '../faults/index.ts';
import type { FeederSpec, FileText, FlowSpec } from './flow-spec.ts';
import type { ReachSpec } from './reach-spec.ts';

export type * from './reach-spec.ts';

/**
 * A scenario as the rest of callgauge sees it: validated, defaults filled in, units converted, deeply
 * frozen. Texts in `url`, `upstream`, `env` and `command` may still hold `${...}` references to
 * addresses that are only known once services and proxies listen.
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
  /** Made once, before the load, a search's too; what it captures is known in every flow. Absent for none. */
  readonly setup?: FlowSpec;
  /** Made once, after the load, a search's too, whatever happened in it. Absent for none. */
  readonly teardown?: FlowSpec;
  /** Absent for none. */
  readonly feeders?: readonly FeederSpec[];
  /** The module with hooks, relative to the scenario file's folder; absent for none. */
  readonly hooks?: string;
  /** Feeders, schemas and .proto files that stand in files of their own; absent until they are read. */
  readonly files?: readonly FileText[];
  readonly load: readonly PhaseSpec[];
  readonly faults: readonly FaultSpec[];
  readonly trace: TraceSpec;
  readonly engine: EngineSpec;
  readonly thresholds: readonly ThresholdSpec[];
  /** The file as it was read, and its name for messages. */
  readonly source: { readonly file: string; readonly text: string };
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
  /** The service is ready when a GET of this path answers 2xx. */
  readonly readyPath: string;
  readonly readyWithinNs: Ns;
}

export interface TargetSpec extends ReachSpec {
  readonly name: string;
  /** `http://host:port` or `https://...`; a path in it is put before every step's path. */
  readonly url: string;
  /** Most connections open at once, over all sending workers. */
  readonly connections: number;
  readonly connectTimeoutNs: Ns;
  /** Absent: http1. */
  readonly protocol?: 'http1' | 'http2' | 'grpc';
  /** Of grpc: where the schema comes from. */
  readonly grpc?: GrpcTargetSpec;
  /** Of http2 and grpc: most calls at once on one connection; absent: 100. */
  readonly streams?: number;
}

/** Where the schema of a gRPC target comes from. */
export type GrpcTargetSpec = GrpcReflectionSpec | GrpcProtoSpec;

interface GrpcTargetCommon {
  /** The schema as plain data, as drivers/grpc reads it; absent before it was read or asked for. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

export interface GrpcReflectionSpec extends GrpcTargetCommon {
  readonly reflection: true;
}

/** Paths are relative to the scenario file's folder. */
export interface GrpcProtoSpec extends GrpcTargetCommon {
  readonly reflection: false;
  readonly proto: readonly string[];
  /** What imports are relative to, in the order of the search. */
  readonly importPaths: readonly string[];
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
  readonly durationNs: Ns;
  /** False: the calls are made and stored, and no result counts them. */
  readonly measure: boolean;
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

/** A recorded list of arrivals. Until it is read, the phase lasts 0 ns. */
export interface ReplaySpec {
  readonly source: ReplayFileSpec | ReplayRunSpec;
  /** How many times as fast as they came the arrivals are repeated. */
  readonly speed: number;
  /** The longest that the phase may last; Infinity for no bound but the list's end. */
  readonly durationNsMax: Ns;
  /** When each came, ascending, from 0, at their own speed; undefined until the list is read. */
  readonly offsetsNs: Float64Array | undefined;
  /** What each called, as long as the offsets; undefined where the list does not say. */
  readonly requests: readonly ReplayedRequest[] | undefined;
}

export interface ReplayFileSpec {
  /** Relative to the scenario file's folder. */
  readonly file: string;
  readonly run?: never;
  readonly format: 'auto' | 'access' | 'json' | 'csv' | 'plain';
  /** Of JSON lines and CSV; undefined for the usual names. */
  readonly timeField: string | undefined;
  /** Whether a line without a time, or a request that is wanted, is counted and left out; else it is an error. */
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
 * Probes at one rate each, in search of the highest rate that meets the objectives. What they will be
 * only the search can tell: until then the phase lasts 0 ns.
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
  readonly objectives: readonly ThresholdSpec[];
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
  readonly propagate: readonly 'w3c'[];
  /** Which calls' spans are stored. Every call is in the histograms all the same. */
  readonly keep: {
    readonly headRatio: Ratio;
    readonly errors: boolean;
    /** The slowest share of the calls so far. */
    readonly slowRatio: Ratio;
  };
}

/**
 * How the sending loop is woken for an arrival. `precise`: it never sleeps, which takes a whole core.
 * `balanced`: a thread that sleeps exactly wakes it shortly before, a tenth of a core at 1,000/s.
 * `thrifty`: the loop's own timer of whole milliseconds. `auto` chooses by the machine's cores.
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

export type ThresholdOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/**
 * One condition on the result, `create-order.response p(99.9) < 300ms` say. The subject is a step's
 * `response`, `service` or `errors`, or the run's `dropped`, `lag`; `phase` narrows it to one phase.
 */
export interface ThresholdSpec {
  /** As the user wrote it. */
  readonly text: string;
  /** '' for the subjects of the whole run (`dropped`, `lag`). */
  readonly step: string;
  readonly metric: 'response' | 'service' | 'lag' | 'errors' | 'timeouts' | 'dropped';
  /** '' for all measured phases. */
  readonly phase: string;
  readonly aggregate: ThresholdAggregate;
  readonly operator: ThresholdOperator;
  /** In ns for durations, a ratio for `rate`, a number for `count`. */
  readonly limit: number;
}

export type ThresholdAggregate =
  | { readonly kind: 'percentile'; readonly percent: number }
  | { readonly kind: 'avg' | 'min' | 'max' | 'med' | 'count' | 'rate' };
