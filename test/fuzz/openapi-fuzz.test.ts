import { expect, it } from 'vitest';
import { errorText, HarnessError } from '../../src/core/index.ts';
import { scenarioText } from '../../src/init/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { ALL_METHODS, planOf } from '../init/plan.ts';
import { OPENAPI_3_0, OPENAPI_3_1, SWAGGER_2_0 } from '../openapi/descriptions.ts';
import type { Draw } from './draw.ts';
import { fuzzCount, FUZZ_SEED, holdBounds } from './hold-bounds.ts';
import { mutated } from './mutation.ts';

const COUNT = fuzzCount(150);

const MUTATIONS = {
  corpus: [OPENAPI_3_0, OPENAPI_3_1, SWAGGER_2_0],
  tokens: [
    ...([
      '$ref: "#/',
      '"$ref": "#/paths"',
      '$ref: x.yaml',
      '{',
      '}',
      '[',
      ']',
      ': ',
      ',',
      '"',
    ] as const),
    ...[
      'allOf: [',
      'oneOf: [',
      'type: array',
      'minItems: 20',
      'required: [a]',
      'example: ',
      '{id}',
    ],
    ...['pattern: "(a+)+$"', 'minimum: 1e308', 'maximum: -1', 'multipleOf: 0', '"2.0"', '3.1.0'],
    ...['&a ', '*a', '__proto__: ', 'constructor', '${env.X}', '\n', '\0', '\u{C3}', '~1', '%2'],
    ...['securitySchemes: ', 'in: path', 'style: deepObject', 'servers: [{url: "{x}"}]'],
  ],
} as const;

/** Deeply nested values, which walks over them by recursion could not bear, now and then. */
function oddDescription(draw: Draw): string {
  if (draw.chance(0.9)) return mutated(MUTATIONS, draw);
  const depth = 1 + draw.below(20_000);
  const begin = draw.of(['{"a":', '[', '{"properties":{"a":', '{"allOf":[']);
  const example = begin.repeat(depth);
  return `{"openapi":"3.0.0","paths":{"/a":{"get":{"parameters":[{"name":"a","in":"query","required":true,"${draw.of(['schema', 'example', 'content'])}":${example}${draw.chance(0.5) ? closed(begin, depth) : ''}`;
}

function closed(begin: string, depth: number): string {
  const closing = [...begin.matchAll(/[{[]/gu)].map(([one]) => (one === '{' ? '}' : ']'));
  return `1${closing.toReversed().join('').repeat(depth)}}]}}}}`;
}

/** Reads a description as `init` does; what is made of it must be a scenario. */
function read(input: string): unknown {
  const text = new TextDecoder().decode(Buffer.from(input, 'latin1'));
  const { plan } = planOf(text, { methods: ALL_METHODS });
  if (plan.steps.length === 0) return plan;
  const file = scenarioText(plan, { kind: 'none', reason: 'a test', findings: new Map() });
  try {
    return parseScenario(file.text, 'callgauge.yaml');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new Error(`no scenario came of it: ${errorText(error)}`, { cause: error });
  }
}

it(
  `reads or refuses ${COUNT} damaged descriptions, with the place (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 60 },
  async () => {
    const counts = await holdBounds(COUNT, { name: 'descriptions', make: oddDescription, read });
    expect(counts.read).toBeGreaterThan(COUNT / 20);
    expect(counts.refused).toBeGreaterThan(COUNT / 20);
  },
);
