import type * as z from 'zod';
import { invariant } from '../../core/index.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import type { ProtocolKind, ProtocolVersion } from './protocol-kind.ts';

export type { GrpcCallSpec, GrpcProtoSpec, GrpcTargetSpec } from './grpc.ts';
export type { HttpCallSpec } from './http.ts';
export { TIMEOUT_DEFAULT_NS, type ProtocolKind, type StatusRange } from './protocol-kind.ts';

/** Every kind of protocol; the first is that of a target of which the file says nothing. */
const KINDS = [http, grpc] as const;

type Kind = (typeof KINDS)[number];
type KindCalled<Name extends Kind['name']> = Extract<Kind, { readonly name: Name }>;

/** The same, for whoever treats all alike: a kind is given what its own schemas returned. */
export const PROTOCOL_KINDS: readonly [ProtocolKind, ...ProtocolKind[]] = KINDS;

/** What a step sends; `protocol` is the name of its kind. */
export type CallSpec = ReturnType<Kind['call']>;
/** What a target can write under `protocol`. */
export type TargetProtocol = {
  [Name in Kind['name']]: keyof KindCalled<Name>['versions'];
}[Kind['name']];

/** The value under the key of each kind in a step. */
export const callSchemas = Object.fromEntries(
  KINDS.map(({ name, step }) => [name, step.optional()]),
) as unknown as {
  readonly [Name in Kind['name']]: z.ZodOptional<KindCalled<Name>['step']>;
};

/** The value under the key of a kind in a target, of those of which it can say something. */
export const targetSchemas = Object.fromEntries(
  PROTOCOL_KINDS.flatMap(({ name, target }) => (target ? [[name, target.file]] : [])),
) as unknown as {
  readonly [
    Name in Kind['name'] as KindCalled<Name>['target'] extends undefined ? never : Name
  ]: NonNullable<KindCalled<Name>['target']>['file'];
};

/** The versions of all kinds in their order, by what a target writes. */
export const VERSIONS: ReadonlyMap<string, ProtocolVersion> = new Map(
  PROTOCOL_KINDS.flatMap(({ versions }) => Object.entries(versions)),
);

type StepFile = Readonly<Partial<Record<Kind['name'], unknown>>>;

/** Returns the kinds by which a step of the file calls: one, where it is a good one. */
export function kindsOfStep(step: StepFile): readonly ProtocolKind[] {
  return KINDS.filter(({ name }) => step[name] !== undefined);
}

/** Returns the call of a valid step; `boundary` is a text that is drawn for it by the seed. */
export function callOf(step: StepFile, boundary: string): CallSpec {
  const kind = KINDS.find(({ name }) => step[name] !== undefined);
  invariant(kind !== undefined, 'a step says its call');
  // The value under the key of a kind is what its own schema returned.
  return (kind as ProtocolKind).call(step[kind.name], boundary) as CallSpec;
}

/** Returns the kind of a call, of one of its versions, or of that name. */
export function kindNamed(name: string): ProtocolKind {
  const kind = PROTOCOL_KINDS.find((one) => one.name === name || Object.hasOwn(one.versions, name));
  invariant(kind !== undefined, `${name} is a protocol`);
  return kind;
}
