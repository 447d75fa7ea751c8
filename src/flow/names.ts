import { invariant } from '../core/index.ts';
import type { FlowNode, FlowSpec, Scenario } from '../scenario/index.ts';
import { feederTable, type FeederTable } from './feeder-table.ts';

/** What the names in a scenario's flows stand for. */
export interface Names {
  /** The slot of every captured value and of every variable that a hook sets. */
  readonly slots: ReadonlyMap<string, number>;
  readonly feeders: ReadonlyMap<string, FeederTable>;
}

/**
 * Returns the names of a scenario. One name is one slot, whichever flow captures it.
 * @throws SCENARIO_INVALID for a feeder whose file is no table.
 */
export function namesOf(scenario: Scenario): Names {
  const names = new Set(flowsOf(scenario).flatMap(namesSetBy));
  return {
    slots: new Map([...names].map((name, slot) => [name, slot])),
    feeders: new Map(
      (scenario.feeders ?? []).map((spec) => [spec.name, feederTable(spec, scenario)]),
    ),
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
