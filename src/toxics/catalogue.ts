import { invariant } from '../core/index.ts';
import type { ToxicKind } from './toxic-kind.ts';
import * as toxics from './toxics/index.ts';

/** Every kind of toxic by its type: the files of `toxics/`, in the order of their names. */
export const TOXIC_KINDS: ReadonlyMap<string, ToxicKind> = new Map(
  Object.values(toxics).map((kind) => [kind.type, kind]),
);

/** Returns the kind of a toxic whose type was checked. */
export function kindOf(type: string): ToxicKind {
  const kind = TOXIC_KINDS.get(type);
  invariant(kind, `the catalogue has the type ${type}`);
  return kind;
}
