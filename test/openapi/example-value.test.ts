import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleOfSchema } from '../../src/openapi/example-value.ts';
import { References, Unusable } from '../../src/openapi/references.ts';

const none = new References({});

/** A schema of OpenAPI 3.1 that some value meets; formats are left to the table below. */
const { schema } = fc.letrec<{ schema: object; leaf: object }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
    fc
      .dictionary(fc.stringMatching(/^[a-z_]{1,8}$/u), tie('schema'), { maxKeys: 4 })
      .map((properties) => ({ type: 'object', properties, required: Object.keys(properties) })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
  leaf: fc.oneof(
    fc.tuple(fc.nat(30), fc.nat(30)).map(([minLength, more]) => ({
      ...{ type: 'string', minLength, maxLength: minLength + more },
    })),
    fc
      .tuple(fc.constantFrom('integer', 'number'), fc.integer({ min: -99, max: 99 }), fc.nat(9))
      .map(([type, minimum, more]) => ({ type, minimum, maximum: minimum + more })),
    fc
      .integer({ min: -99, max: 99 })
      .map((bound) => ({ type: 'integer', exclusiveMinimum: bound })),
    fc
      .integer({ min: 1, max: 99 })
      .map((step) => ({ type: 'integer', multipleOf: step, minimum: step })),
    fc.constant({ type: 'boolean' }),
    fc.constant({ type: ['null', 'string'] }),
    fc
      .jsonValue()
      // A number whose digits a double does not hold is no value that is sent.
      .filter((value) => value !== null && (typeof value !== 'number' || Math.abs(value) < 2 ** 53))
      .map((value) => ({ const: value })),
    fc.constant({ type: 'string', pattern: '^[a-c]{2}-[0-9]+$' }),
  ),
}));

describe('the value for a schema', () => {
  it('meets the schema, as a validator has it', () => {
    const ajv = new Ajv({ strict: false });
    fc.assert(
      fc.property(schema, (given) => {
        const { value } = exampleOfSchema(given, none);
        expect(ajv.validate(given, value), JSON.stringify({ given, value })).toBe(true);
      }),
    );
  });

  it.each([
    [{ type: 'string', example: 'e', default: 'd', enum: ['n'] }, 'e', 'given'],
    [{ type: 'string', default: 'd', enum: ['n'] }, 'd', 'given'],
    [{ enum: [null, 'n'] }, 'n', 'given'],
    [{ type: 'string', format: 'uuid' }, '00000000-0000-4000-8000-000000000000', 'made'],
    [{ type: 'string', format: 'ipv4' }, '192.0.2.1', 'made'],
    [{ type: 'string', format: 'of-our-own' }, 'text', 'made'],
    [{ type: 'integer', minimum: 5, exclusiveMinimum: true }, 6, 'made'],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 }, 0.25, 'made'],
    [{ type: 'integer', format: 'int64', example: 2 ** 60 }, 1, 'made'],
    [{ properties: { a: { type: 'string' }, b: { type: 'object' } } }, { a: 'text' }, 'made'],
    [{ type: 'array', items: { enum: [3] } }, [3], 'given'],
  ])('%j: %j, %s', (given, value, origin) => {
    expect(exampleOfSchema(given, none)).toEqual({ value, origin });
  });

  it.each([
    [{ type: 'integer', minimum: 3, maximum: 2 }, /leave no number/u],
    [{ type: 'string', pattern: '(?=a)' }, /not simple/u],
    [{ type: 'file' }, /names no type/u],
    [{ oneOf: [{ type: 'file' }] }, /none of the ways/u],
    [{ $ref: '#/a' }, /leads to nothing/u],
    [{ $ref: 'https://h/x' }, /leads out of the file/u],
    [{ type: 'string', minLength: 1e6 }, /of 1000000 characters at least/u],
  ])('%j has none', (given, reason) => {
    expect(() => exampleOfSchema(given, none)).toThrow(reason);
  });

  it('is not looked for without end', () => {
    const root: Record<string, unknown> = {
      a: { $ref: '#/b' },
      b: { $ref: '#/a' },
      wide: { anyOf: Array.from({ length: 9 }, () => ({ $ref: '#/wide' })) },
      lists: { type: 'array', minItems: 20, items: { $ref: '#/lists1' } },
    };
    for (let i = 1; i < 9; i++) {
      root[`lists${i}`] = { type: 'array', minItems: 20, items: { $ref: `#/lists${i + 1}` } };
    }
    root['lists9'] = { type: 'boolean' };
    for (const name of ['a', 'wide', 'lists']) {
      expect(() => exampleOfSchema({ $ref: `#/${name}` }, new References(root))).toThrow(Unusable);
    }
  });
});
