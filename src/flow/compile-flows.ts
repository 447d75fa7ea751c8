import { invariant } from '../core/index.ts';
import type { FlowNode, FlowSpec, Scenario } from '../scenario/index.ts';
import { compileProgram } from './compile-program.ts';
import { compileStep, type CompiledStep } from './compiled-step.ts';
import { nextDraw, SiteNumbers, type DrawSite } from './draw.ts';
import type { HookContext } from './hook-context.ts';
import { compileHook, type CompiledHook, type Hooks } from './hooks.ts';
import { flowsOf, namesOf, slotOf, type Names } from './names.ts';
import { segmentFault } from './path-segment.ts';
import type { FlowProgram } from './program.ts';
import { Scope, type ScopeSize } from './scope.ts';
import { pathFault } from './whole-path.ts';

/** A flow as the sending loop steps through it. */
export interface CompiledFlow {
  readonly name: string;
  /** In the order of the flow's steps. */
  readonly steps: readonly CompiledStep[];
  readonly program: FlowProgram;
  /** Whether its steps follow one another, each sending the same, with nothing to judge or keep. */
  readonly isPlain: boolean;
  /** Most calls of one iteration. */
  readonly callsMax: number;
}

/** All flows of a scenario, and what they have in common. */
export interface CompiledFlows {
  /** In the order of the scenario's flows. */
  readonly flows: readonly CompiledFlow[];
  readonly setup: CompiledFlow | undefined;
  readonly teardown: CompiledFlow | undefined;
  /** Returns a scope that fits every one of them; one per iteration under way. */
  newScope(): Scope;
  /**
   * Makes what the setup has captured known in every iteration that begins from now on. `values` are
   * those of the setup's scope: plain data, which another thread can be sent.
   */
  share(values: readonly unknown[]): void;
}

export interface CompileOptions {
  /** Functions for the hooks; without them a hook that is run fails its iteration. */
  readonly hooks?: Hooks;
  /** Returns where the step of that name stands in the file, for messages. */
  readonly placeOf?: (step: string) => string;
}

/**
 * Returns the flows of a scenario, compiled: templates, JSON paths, schemas and regular expressions
 * once, names as slots. The main thread does it to check them, every sending thread to use them.
 *
 * @throws SCENARIO_INVALID for a feeder that is no table (with file and line), a column that it does
 * not have, a JSON path or a schema that is none.
 */
export function compileFlows(scenario: Scenario, options: CompileOptions = {}): CompiledFlows {
  const names = namesOf(scenario);
  const size = { values: names.slots.size, draws: 0, counters: 0 };
  const compiled = flowsOf(scenario).map((flow) =>
    compileFlow(flow, scenario, names, size, options),
  );
  const shared: unknown[] = Array.from({ length: size.values });
  const first = scenario.setup ? 1 : 0;
  return {
    flows: compiled.slice(first, first + scenario.flows.length),
    setup: scenario.setup && compiled[0],
    teardown: scenario.teardown && compiled.at(-1),
    newScope: () => new Scope(scenario.seed, size, shared),
    share: (values) => {
      for (let slot = 0; slot < shared.length; slot++) shared[slot] = frozen(values[slot]);
    },
  };
}

/** Returns the names of the functions that a scenario's flows call, each once. */
export function hookNames(scenario: Scenario): readonly string[] {
  return [...new Set(flowsOf(scenario).flatMap(({ body = [] }) => body.flatMap(hooksIn)))];
}

type Sizes = { -readonly [K in keyof ScopeSize]: ScopeSize[K] };

function compileFlow(
  flow: FlowSpec,
  scenario: Scenario,
  names: Names,
  size: Sizes,
  { hooks, placeOf }: CompileOptions,
): CompiledFlow {
  const numbers = new SiteNumbers();
  const fileText = (path: string): string => {
    const text = scenario.files?.find((file) => file.path === path)?.text;
    invariant(text !== undefined, `the file ${path} was read`);
    return text;
  };
  const steps = flow.steps.map((spec) => {
    const place = (): string =>
      placeOf?.(spec.name) ?? `step ${spec.name}, ${scenario.source.file}`;
    const targetUrl = scenario.targets.find(({ name }) => name === spec.target)?.url ?? '';
    const purpose = spec.name;
    return compileStep(spec, { names, numbers, purpose, targetUrl, place, fileText });
  });
  const hookOf = (name: string, sets: readonly string[], draw: DrawSite): CompiledHook =>
    compileHook(name, hooks?.get(name), {
      contextOf: (scope, isOver) => hookContext(scope, isOver, { names, sets, draw }),
      missing: (scope) => sets.find((set) => scope.values[slotOf(set, names)] === undefined),
    });
  const { program, callsMax } = compileProgram(flow, { numbers, hookOf });
  size.draws = Math.max(size.draws, numbers.sites);
  size.counters = Math.max(size.counters, numbers.counters);
  const isPlain =
    flow.body === undefined && steps.every((step) => step.isConstant && !step.isJudged);
  return { name: flow.name, steps, program, isPlain, callsMax };
}

function hookContext(
  scope: Scope,
  isOver: () => boolean,
  site: { readonly names: Names; readonly sets: readonly string[]; readonly draw: DrawSite },
): HookContext {
  const { names, sets, draw } = site;
  const refuseLate = (): void => {
    if (isOver()) throw new Error('the hook is over, and its context with it');
  };
  return {
    number: scope.seq,
    phase: scope.phase,
    get: (name) => {
      refuseLate();
      const slot = names.slots.get(name);
      if (slot !== undefined) return scope.values[slot];
      const [feeder = '', column = ''] = name.split('.');
      const table = names.feeders.get(feeder);
      return table?.valueAt(scope.seq, table.columns.indexOf(column));
    },
    set: (name, value) => {
      refuseLate();
      if (!sets.includes(name)) throw new Error(`its flow does not name ${name} under sets`);
      // What could not be sent fails here, where the hook can be named, and not in a later step.
      const json = JSON.stringify(value) as string | undefined;
      if (json === undefined) throw new Error(`${name} must be a JSON value`);
      for (const base of names.paths.get(name) ?? []) {
        const fault = pathFault(value, base);
        if (fault !== '') throw new Error(`${name}, which is used as a path, ${fault}`);
      }
      const fault = names.segments.has(name) ? segmentFault(value) : '';
      if (fault !== '') throw new Error(`${name} is used in a path: it ${fault}`);
      // A copy is what was checked: plain data, which the hook cannot change later.
      scope.values[slotOf(name, names)] = JSON.parse(json);
    },
    random: () => {
      refuseLate();
      return nextDraw(draw, scope);
    },
  };
}

/** Returns a JSON value, frozen to its depths: every iteration has the same one. */
function frozen(value: unknown): unknown {
  const found = [value];
  for (const part of found) {
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(part)) found.push(inner);
    Object.freeze(part);
  }
  return value;
}

function hooksIn(node: FlowNode): readonly string[] {
  switch (node.kind) {
    case 'hook':
      return [node.name];
    case 'parallel':
      return node.branches.flat().flatMap(hooksIn);
    case 'choose':
      return node.options.flatMap(({ body }) => body.flatMap(hooksIn));
    case 'repeat':
      return node.body.flatMap(hooksIn);
    case 'step':
    case 'think':
    default:
      return [];
  }
}
