import { invariant } from '../core/index.ts';
import type { ProcessFaultSpec, ToxicFaultSpec } from '../faults/index.ts';
import type { FileText } from './flow-spec.ts';
import type { GrpcTargetSpec } from './protocols/index.ts';
import type { TlsSpec } from './connection-options.ts';
import type {
  PhaseSpec,
  ReplayedRequest,
  ReplayPhaseSpec,
  ReplaySpec,
  RowsEnd,
  Scenario,
  TargetSpec,
} from './scenario.ts';

/*
 * What a scenario passes through on its way to a run. Each step adds what the one before cannot
 * know:
 *
 *     Scenario            as written: one text, valid by itself
 *     ScenarioWithFiles   + texts of feeders, schemas and .proto files       needs the folder
 *     PlannedScenario     + recorded arrivals, measured delays               needs the store
 *     ReachableScenario   + values of references, certificates and keys      needs the environment
 *     ReadyScenario       + schemas of gRPC targets                          needs the targets
 *
 * Whatever sends takes a ReadyScenario, whose type has no field that is undefined until it is read.
 */

/** A scenario with the texts of the files that it names: feeders, schemas, .proto files. */
export interface ScenarioWithFiles extends Scenario {
  readonly files: readonly FileText[];
  /** The feeder whose rows are over first, of those whose rows end the load; absent for none. */
  readonly endsWith?: { readonly feeder: string } & Pick<RowsEnd, 'rows' | 'of'>;
}

/** A scenario whose arrivals and faults are known. */
export interface PlannedScenario extends Omit<ScenarioWithFiles, 'load' | 'faults'> {
  readonly load: readonly ReadyPhase[];
  readonly faults: readonly ReadyFault[];
}

/** A scenario whose targets can be dialled: they have addresses, certificates and keys. */
export interface ReachableScenario extends Omit<PlannedScenario, 'targets'> {
  readonly targets: readonly ReachableTarget[];
}

/** A scenario that can be sent as it is. */
export interface ReadyScenario extends Omit<ReachableScenario, 'targets'> {
  readonly targets: readonly ReadyTarget[];
}

/** A phase whose arrivals are known, as far as the schedule decides them. */
export type ReadyPhase = Exclude<PhaseSpec, ReplayPhaseSpec> | ReadyReplayPhase;

export interface ReadyReplayPhase extends ReplayPhaseSpec {
  readonly replay: ReadyReplay;
}

/** A recorded list that was read. */
export interface ReadyReplay extends ReplaySpec {
  /** When each arrival came, ascending, from 0, at the speed of the recording. */
  readonly offsetsNs: Float64Array;
  /** What each called, as long as the offsets; undefined where the list does not say. */
  readonly requests: readonly ReplayedRequest[] | undefined;
}

/** A fault whose delays are known. */
export type ReadyFault =
  | ProcessFaultSpec
  | (Omit<ToxicFaultSpec, 'measured'> & { readonly measured?: never });

export interface ReachableTarget extends TargetSpec {
  readonly tls?: ReadyTls;
}

export interface ReadyTls extends TlsSpec {
  /** Never part of the scenario's text, which is stored. */
  readonly material: TlsMaterial;
}

/** Texts in PEM; '' for none. */
export interface TlsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ReadyTarget extends ReachableTarget {
  /** Of grpc, where a step calls it. */
  readonly grpc?: ReadyGrpc;
}

/** `schema` is plain data, as drivers/grpc reads it. */
export type ReadyGrpc = GrpcTargetSpec & { readonly schema: Readonly<Record<string, unknown>> };

type Read = Scenario & { readonly files?: readonly FileText[] };

/**
 * Returns the scenario as one whose targets can be dialled.
 * An arrival, a delay or a certificate that was not read is a bug of the caller.
 */
export function asReachable(scenario: Read): ReachableScenario {
  const { targets, load, faults, files = [] } = scenario;
  invariant(targets.every(isReachableTarget), 'the certificates of all targets were read');
  invariant(load.every(isReadyPhase), 'the recorded arrivals of all phases were read');
  invariant(faults.every(isReadyFault), 'the measured delays of all faults were read');
  return { ...scenario, targets, load, faults, files };
}

/** Returns the scenario as one that is ready; anything that was not read is a bug of the caller. */
export function asReady(scenario: Read): ReadyScenario {
  const { targets, ...reachable } = asReachable(scenario);
  invariant(targets.every(isReadyTarget), 'the schemas of all targets were read');
  return { ...reachable, targets };
}

function isReadyPhase(phase: PhaseSpec): phase is ReadyPhase {
  return phase.replay === undefined || 'offsetsNs' in phase.replay;
}

function isReachableTarget(target: TargetSpec): target is ReachableTarget {
  return target.tls === undefined || 'material' in target.tls;
}

function isReadyTarget(target: ReachableTarget): target is ReadyTarget {
  return target.grpc === undefined || 'schema' in target.grpc;
}

function isReadyFault(fault: Scenario['faults'][number]): fault is ReadyFault {
  return fault.toxic === undefined || fault.measured === undefined;
}
