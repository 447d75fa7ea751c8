import type { ScenarioFile } from './file/scenario-file.ts';
import { allEntriesIn } from './flow-entries.ts';
import {
  kindNamed,
  kindsOfStep,
  PROTOCOL_KINDS,
  VERSIONS,
  type ProtocolKind,
  type TargetProtocol,
} from './protocols/index.ts';
import { ownValue } from './select.ts';

/**
 * Returns what a target of a valid file speaks: the protocol that it writes; else that of the kind
 * of which it says something or by which a step calls it; else HTTP/1.1. Whoever asks, asks here.
 */
export function protocolOf(name: string, file: ScenarioFile): TargetProtocol {
  const target = ownValue(file.targets, name);
  if (target?.protocol !== undefined) return target.protocol;
  const called = kindsCalled(file).get(name);
  const [byDefault, ...others] = PROTOCOL_KINDS;
  const says = (kind: ProtocolKind): boolean =>
    target !== undefined && Object.entries(target).some(([key, v]) => key === kind.name && v);
  const kind = others.find((other) => says(other) || called?.has(other) === true) ?? byDefault;
  // The keys of `versions` are what a target can write.
  return Object.keys(kind.versions)[0] as TargetProtocol;
}

const KINDS_CALLED = new WeakMap<ScenarioFile, ReadonlyMap<string, ReadonlySet<ProtocolKind>>>();

/** The kinds of the steps that call each target. */
function kindsCalled(file: ScenarioFile): ReadonlyMap<string, ReadonlySet<ProtocolKind>> {
  const known = KINDS_CALLED.get(file);
  if (known) return known;
  const kinds = new Map<string, Set<ProtocolKind>>();
  for (const { entry } of allEntriesIn(file)) {
    if (entry.target === undefined) continue;
    const ofTarget = kinds.get(entry.target) ?? new Set();
    kinds.set(entry.target, ofTarget);
    for (const kind of kindsOfStep(entry)) ofTarget.add(kind);
  }
  KINDS_CALLED.set(file, kinds);
  return kinds;
}

/** Returns the kind that a target speaks. */
export function kindOfTarget(name: string, file: ScenarioFile): ProtocolKind {
  return kindNamed(protocolOf(name, file));
}

/** Returns whether one connection of a protocol takes many calls at once. */
export function isMultiplexed(protocol: TargetProtocol): boolean {
  return VERSIONS.get(protocol)?.isMultiplexed === true;
}
