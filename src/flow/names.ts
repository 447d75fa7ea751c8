import { invariant } from '../core/index.ts';
import type {
  FlowNode,
  FlowSpec,
  Scenario,
  ScenarioWithFiles,
  StepSpec,
} from '../scenario/index.ts';
import { feederTable, type FeederTable } from './feeder-table.ts';
import { segmentHoles } from './path-segment.ts';
import { pathBase, type PathBase } from './whole-path.ts';

/** The meaning of the names in a scenario's flows. */
export interface Names {
  /** The slot of every captured value and of every variable that a hook sets. */
  readonly slots: ReadonlyMap<string, number>;
  readonly feeders: ReadonlyMap<string, FeederTable>;
  /** Of variables that make up a whole path somewhere: what they are to be paths of. */
  readonly paths: ReadonlyMap<string, readonly PathBase[]>;
  /** Variables that may make up a whole segment of a path somewhere. */
  readonly segments: ReadonlySet<string>;
}

/**
 * Returns the names of a scenario. One name is one slot, whichever flow captures it.
 * @throws SCENARIO_INVALID for a feeder whose file is no table.
 */
export function namesOf(scenario: ScenarioWithFiles): Names {
  const names = new Set(flowsOf(scenario).flatMap(namesSetBy));
  return {
    slots: new Map([...names].map((name, slot) => [name, slot])),
    feeders: new Map(
      (scenario.feeders ?? []).map((spec) => [spec.name, feederTable(spec, scenario)]),
    ),
    paths: pathsOf(scenario),
    segments: new Set(flowsOf(scenario).flatMap(({ steps }) => steps.flatMap(segmentsOf))),
  };
}

/** Returns the flows of a scenario, setup first and teardown last. */
export function flowsOf({ setup, flows, teardown }: Scenario): readonly FlowSpec[] {
  return [...(setup ? [setup] : []), ...flows, ...(teardown ? [teardown] : [])];
}

/** Returns the slot of a name that the scenario's checks have found to be known. */
export function slotOf(name: string, { slots }: Names): number {
  const slot = slots.get(name);
  invariant(slot !== undefined, `something sets ${name}`);
  return slot;
}

function pathsOf(scenario: Scenario): ReadonlyMap<string, readonly PathBase[]> {
  const paths = new Map<string, PathBase[]>();
  for (const { target, call } of flowsOf(scenario).flatMap(({ steps }) => steps)) {
    const url = scenario.targets.find(({ name }) => name === target)?.url ?? '';
    for (const piece of call.request.templates?.path ?? []) {
      if (typeof piece === 'string' || piece.form !== 'whole-path') continue;
      if (piece.reference.kind !== 'variable') continue;
      const { name } = piece.reference;
      paths.set(name, [...(paths.get(name) ?? []), pathBase(url)]);
    }
  }
  return paths;
}

function segmentsOf({ call }: StepSpec): readonly string[] {
  const path = call.request.templates?.path ?? [];
  return [...segmentHoles(path)].flatMap((index) => {
    const piece = path[index];
    if (piece === undefined || typeof piece === 'string') return [];
    return piece.reference.kind === 'variable' ? [piece.reference.name] : [];
  });
}

function namesSetBy({ steps, body = [] }: FlowSpec): readonly string[] {
  const captured = steps.flatMap(({ captures = [] }) => captures.map(({ name }) => name));
  return [...captured, ...body.flatMap(setByHooks)];
}

function setByHooks(node: FlowNode): readonly string[] {
  switch (node.kind) {
    case 'hook':
      return node.sets;
    case 'parallel':
      return node.branches.flat().flatMap(setByHooks);
    case 'choose':
      return node.options.flatMap(({ body }) => body.flatMap(setByHooks));
    case 'repeat':
      return node.body.flatMap(setByHooks);
    case 'step':
    case 'think':
    default:
      return [];
  }
}
