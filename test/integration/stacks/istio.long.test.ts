import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { exportedEdge, policyWith, REQUESTS } from '../../advise/stacks/sample-exports.ts';
import { installedPart } from '../installed-parts.ts';
import { exported } from './exported-policies.ts';

const SCHEMAS = installedPart('istio/customresourcedefinitions.gen.yaml');

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: object;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { spec: object } } };
    }[];
  };
}

describe.skipIf(SCHEMAS === undefined)('Istio with the exported file', () => {
  it('finds resources of kinds and versions that it has, with no key that it does not', () => {
    const definitions = documentsOf(readFileSync(SCHEMAS ?? '', 'utf8')) as readonly Definition[];
    const edges = REQUESTS.flatMap((request, i) => [
      exportedEdge(policyWith(3, 'transient'), { ...request, key: `a${i}`, callee: `c${i}` }),
      exportedEdge(policyWith(2, 'connect'), { ...request, key: `b${i}`, callee: `d${i}` }),
      exportedEdge(policyWith(1, 'nothing'), { ...request, key: `e${i}`, callee: `f${i}` }),
    ]);
    const resources = documentsOf(exported('istio', edges)) as readonly Resource[];
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(
      new Set(['VirtualService', 'DestinationRule']),
    );
    for (const own of Map.groupBy(resources, ({ kind }) => kind).values()) {
      const ajv = new Ajv({ strict: false, validateFormats: false });
      const validate = ajv.compile(closed(schemaOf(own[0], definitions)) as object);
      for (const { spec } of own) {
        validate(spec);
        expect(validate.errors, JSON.stringify(spec)).toBeNull();
        expect(validate({ ...spec, misspelt: 1 })).toBe(false);
      }
    }
  });
});

function documentsOf(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

function schemaOf(resource: Resource | undefined, definitions: readonly Definition[]): object {
  const { apiVersion = '', kind = '' } = resource ?? {};
  const [group, version] = apiVersion.split('/');
  const found = definitions.find(
    ({ spec }) => spec.group === group && spec.names.kind === kind,
  )?.spec;
  const schema = found?.versions.find(({ name }) => name === version)?.schema;
  if (schema === undefined) throw new Error(`no schema of ${apiVersion} ${kind}`);
  return schema.openAPIV3Schema.properties.spec;
}

/** A cluster would drop keys that it does not know without a word. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const isOpen = !('properties' in own) || 'x-kubernetes-preserve-unknown-fields' in own;
  // Alternatives name parts of the properties beside them.
  return isOpen || !('type' in own) ? own : { ...own, additionalProperties: false };
}
