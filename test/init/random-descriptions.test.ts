import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scenarioText } from '../../src/init/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { ALL_METHODS, planOf } from './plan.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('${', '$${x}', 'a\nb: c', '# x', '..', '/', '?a=b'),
);
const leaf = fc.constantFrom<object>(
  { type: 'string' },
  { type: 'integer', minimum: 3 },
  { type: 'boolean' },
  { type: 'array', items: { type: 'string' } },
  { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
  { type: 'file' },
  {},
);
const schema = fc.oneof(
  leaf,
  text.map((example) => ({ type: 'string', example })),
  fc.jsonValue().map((example) => ({ example })),
);
const parameter = fc.record({
  name: fc.oneof(fc.constantFrom('id', 'x-a', 'authorization', 'traceparent', 'api_key'), text),
  in: fc.constantFrom('path', 'query', 'header', 'cookie', 'nowhere'),
  required: fc.boolean(),
  schema,
  style: fc.constantFrom('form', 'simple', 'label', 'matrix', 'deepObject', 'pipeDelimited', 'odd'),
  explode: fc.boolean(),
});
const operation = fc.record(
  {
    operationId: text,
    tags: fc.array(text, { maxLength: 2 }),
    parameters: fc.array(parameter, { maxLength: 3 }),
    security: fc.constantFrom([], [{}], [{ key: [] }], [{ basic: [] }, {}], [{ unknown: [] }]),
    responses: fc.dictionary(fc.constantFrom('200', '2XX', '404', 'default', '3'), fc.constant({})),
    requestBody: schema.map((of) => ({ content: { 'application/json': { schema: of } } })),
  },
  { requiredKeys: [] },
);
const description = fc.record({
  openapi: fc.constantFrom('3.0.1', '3.1.0'),
  info: fc.record({ title: text }),
  servers: fc.constant([{ url: 'http://127.0.0.1:9' }]),
  paths: fc.dictionary(
    fc.oneof(
      fc.constantFrom('/a', '/a/{id}', '/{x}/{y}'),
      text.map((one) => `/${one}`),
    ),
    fc.dictionary(fc.constantFrom('get', 'post', 'delete', 'head'), operation),
    { maxKeys: 4 },
  ),
  components: fc.constant({
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      basic: { type: 'http', scheme: 'basic' },
    },
  }),
});

it('whatever a description says, the scenario that is made of it is valid, and nothing is silent', () => {
  fc.assert(
    fc.property(description, (given) => {
      const { plan, skipped } = planOf(JSON.stringify(given), { methods: ALL_METHODS });
      const written = Object.values(given.paths).flatMap((item) => Object.keys(item));
      expect(plan.steps.length + skipped.length).toBe(written.length);
      if (plan.steps.length === 0) return;
      const file = scenarioText(plan, { kind: 'none', reason: 'a test', findings: new Map() });
      const scenario = parseScenario(file.text, 'callgauge.yaml');
      expect(scenario.flows[0]?.steps.map(({ name }) => name)).toEqual(file.called);
    }),
    { numRuns: 100 },
  );
});
