import {
  type ExactNumber,
  invariant,
  isWholeBeyondDoubles,
  mapExact,
  parseExactly,
} from '../core/index.ts';
import type { FlowNode, FlowSpec, Scenario, ScenarioWithFiles } from '../scenario/index.ts';
import { compileProgram } from './compile-program.ts';
import { compileStep, type CompiledStep } from './compiled-step.ts';
import { nextDraw, SiteNumbers, type DrawSite } from './draw.ts';
import type { HookContext } from './hook-context.ts';
import { compileHook, type CompiledHook, type Hooks } from './hooks.ts';
import { flowsOf, namesOf, slotOf, type Names } from './names.ts';
import { segmentProblem } from './path-segment.ts';
import type { FlowProgram } from './program.ts';
import type { Cookie } from './cookie-jar.ts';
import { Scope, type ScopeSize, type SharedScope } from './scope.ts';
import { textOf } from './text-renderer.ts';
import { pathProblem } from './whole-path.ts';

/** A flow as the sending loop steps through it. */
export interface CompiledFlow {
  readonly name: string;
  /** In the order of the flow's steps. */
  readonly steps: readonly CompiledStep[];
  readonly program: FlowProgram;
  /**
   * Whether its steps follow one another, each sending the same, with nothing to check or capture.
   */
  readonly isPlain: boolean;
  /** Most calls of one iteration. */
  readonly callsMax: number;
}

function isPlainStep({ isConstant, isChecked, redirectsMax }: CompiledStep): boolean {
  return isConstant && !isChecked && redirectsMax === 0;
}

/** What the setup leaves to every iteration: plain data, for every thread. */
export interface SharedValues {
  /** JSON of the variables that it has set, by slot. */
  readonly values: readonly (string | undefined)[];
  /** The cookies that it was given. */
  readonly cookies: readonly Cookie[];
}

/** Returns what the scope of a setup leaves. */
export function sharedValues({ values, jar }: Scope): SharedValues {
  return {
    values: values.map((value) => JSON.stringify(value) as string | undefined),
    cookies: jar.cookies,
  };
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
   * Makes what the setup has captured, or what it was told of that by another thread, known in
   * every iteration that begins from now on.
   */
  share(values: SharedValues): void;
  /** How many rows each feeder has, by its name. */
  readonly rowCounts: ReadonlyMap<string, number>;
}

export interface CompileOptions {
  /** Functions for the hooks; without them a hook that is run fails its iteration. */
  readonly hooks?: Hooks;
  /** Returns the location of the step of that name in the file, for messages. */
  readonly locationOf?: (step: string) => string;
}

/**
 * Returns the flows of a scenario, compiled: templates, JSON paths, schemas and regular expressions
 * once, names as slots. The main thread does it to check them, every sending thread to use them.
 *
 * @throws SCENARIO_INVALID for a feeder that is no table (with file and line), a column that it
 *   does not have, an invalid JSON path or schema.
 */
export function compileFlows(
  scenario: ScenarioWithFiles,
  options: CompileOptions = {},
): CompiledFlows {
  const names = namesOf(scenario);
  const size = { values: names.slots.size, draws: 0, counters: 0 };
  const compiled = flowsOf(scenario).map((flow) =>
    compileFlow(flow, scenario, names, size, options),
  );
  const shared: SharedScope = { values: Array.from({ length: size.values }), cookies: [] };
  const first = scenario.setup ? 1 : 0;
  return {
    flows: compiled.slice(first, first + scenario.flows.length),
    setup: scenario.setup && compiled[0],
    teardown: scenario.teardown && compiled.at(-1),
    rowCounts: new Map([...names.feeders].map(([name, { rowCount }]) => [name, rowCount])),
    newScope: () => new Scope(scenario.seed, size, shared),
    share: ({ values, cookies }) => {
      shared.cookies = cookies;
      for (let slot = 0; slot < size.values; slot++) {
        const text = values[slot];
        shared.values[slot] = text === undefined ? undefined : frozen(parseExactly(text));
      }
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
  scenario: ScenarioWithFiles,
  names: Names,
  size: Sizes,
  { hooks, locationOf }: CompileOptions,
): CompiledFlow {
  const numbers = new SiteNumbers();
  const fileText = (path: string): string => {
    const text = scenario.files.find((file) => file.path === path)?.text;
    invariant(text !== undefined, `the file ${path} was read`);
    return text;
  };
  const steps = flow.steps.map((spec) => {
    const location = (): string =>
      locationOf?.(spec.name) ?? `step ${spec.name}, ${scenario.source.file}`;
    const targetUrl = scenario.targets.find(({ name }) => name === spec.target)?.url ?? '';
    const purpose = spec.name;
    const keepsCookies = scenario.cookies !== undefined;
    const context = { names, numbers, purpose, targetUrl, location, fileText, keepsCookies };
    return compileStep(spec, context);
  });
  const isOfLoad = flow !== scenario.setup && flow !== scenario.teardown;
  const hookOf = (name: string, sets: readonly string[], draw: DrawSite): CompiledHook =>
    compileHook(name, hooks?.get(name), {
      contextOf: (scope, isOver) => hookContext(scope, isOver, { names, sets, draw, isOfLoad }),
      missing: (scope) => sets.find((set) => scope.values[slotOf(set, names)] === undefined),
    });
  const { program, callsMax } = compileProgram(flow, { numbers, hookOf });
  size.draws = Math.max(size.draws, numbers.sites);
  size.counters = Math.max(size.counters, numbers.counters);
  const isPlain = flow.body === undefined && steps.every(isPlainStep);
  return { name: flow.name, steps, program, isPlain, callsMax };
}

interface HookSite {
  readonly names: Names;
  readonly sets: readonly string[];
  readonly draw: DrawSite;
  /** False in setup and teardown. */
  readonly isOfLoad: boolean;
}

function hookContext(scope: Scope, isOver: () => boolean, site: HookSite): HookContext {
  const { names, sets, draw, isOfLoad } = site;
  const refuseLate = (): void => {
    if (isOver()) throw new Error('the hook is over, and its context with it');
  };
  const valueOf = (name: string): unknown => {
    const slot = names.slots.get(name);
    if (slot !== undefined) return scope.values[slot];
    const [feeder = '', column = ''] = name.split('.');
    const table = names.feeders.get(feeder);
    if (table === undefined) return undefined;
    if (table.isPerUser ? scope.user < 0 : table.once && !isOfLoad) {
      throw new Error(
        `there is no row of ${feeder} here: it has one per ${table.isPerUser ? 'user' : 'arrival'}`,
      );
    }
    return table.valueIn(scope, table.columns.indexOf(column));
  };
  return {
    number: scope.seq,
    phase: scope.phase,
    get: (name) => {
      refuseLate();
      return mapExact(valueOf(name), hookNumber);
    },
    text: (name) => {
      refuseLate();
      return textOf(valueOf(name));
    },
    set: (name, value) => {
      refuseLate();
      if (!sets.includes(name)) throw new Error(`its flow does not name ${name} under sets`);
      // What could not be sent fails here, where the hook can be named, and not in a later step.
      const json = JSON.stringify(value, withBigInts) as string | undefined;
      if (json === undefined) throw new Error(`${name} must be a JSON value`);
      for (const base of names.paths.get(name) ?? []) {
        const problem = pathProblem(value, base);
        if (problem !== '') throw new Error(`${name}, which is used as a path, ${problem}`);
      }
      const problem = names.segments.has(name) ? segmentProblem(value) : '';
      if (problem !== '') throw new Error(`${name} is used in a path: it ${problem}`);
      // A copy is what was checked: plain data, which the hook cannot change later.
      scope.values[slotOf(name, names)] = parseExactly(json);
    },
    random: () => {
      refuseLate();
      return nextDraw(draw, scope);
    },
  };
}

/** Returns a number as hooks calculate with it: one that no double holds is a bigint. */
function hookNumber({ rawJSON }: ExactNumber): number | bigint {
  return isWholeBeyondDoubles(rawJSON) ? BigInt(rawJSON) : Number(rawJSON);
}

function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;
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
