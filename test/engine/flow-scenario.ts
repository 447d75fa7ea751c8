import { parseScenario, type Scenario } from '../../src/scenario/index.ts';

/** Sections of a scenario file whose other parts are the same for all tests. */
export interface FlowScenario {
  /** The entries of the one flow, as YAML, each line indented by four. */
  readonly flow: string;
  /** A list of phases in YAML; 10 arrivals in one second where it is not given. */
  readonly load?: string;
  readonly seed?: number;
  /** Further sections. */
  readonly more?: string;
}

/** Returns a scenario with targets `a` and `b` around a flow. */
export function flowScenario({ flow, load, seed = 1, more = '' }: FlowScenario): Scenario {
  const arrivals = '{ phase: steady, arrivals: { process: constant, rate: 10/s }, for: 1s }';
  const text = `name: flows
seed: ${seed}
targets: { a: { url: "http://127.0.0.1:7101" }, b: { url: "http://127.0.0.1:7102" } }
load: ${load ?? `[${arrivals}]`}
${more}
flows:
  f:
${flow.replaceAll(/^/gmu, '    ')}
`;
  return parseScenario(text, 'flows.yaml');
}
