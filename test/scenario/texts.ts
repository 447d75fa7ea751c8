import { HarnessError } from '../../src/core/index.ts';
import { parseScenario, type Scenario } from '../../src/scenario/index.ts';

/** A scenario with little in it; tests change a line of it, or add some. */
export const SMALL = `name: small
targets:
  orders: { url: "http://127.0.0.1:7101" }
flows:
  checkout:
    - step: create-order
      target: orders
      http: { path: /api/orders }
load:
  - phase: steady
    arrivals: { rate: 50/s }
    for: 10s
`;

/** Returns SMALL with one text in place of another, which must be there. */
export function changed(from: string, to: string, text = SMALL): string {
  if (!text.includes(from)) throw new Error(`the scenario has no ${from}`);
  return text.replace(from, () => to);
}

export function parse(text: string): Scenario {
  return parseScenario(text, 'small.yaml');
}

/** Returns the operational error that a call ends with. */
export function errorOf(call: () => unknown): HarnessError {
  try {
    call();
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Returns the lines of the error that a scenario is refused with. */
export function refusalOf(text: string): string[] {
  const error = errorOf(() => parse(text));
  if (error.code !== 'SCENARIO_INVALID') throw error;
  return error.message.split('\n');
}
