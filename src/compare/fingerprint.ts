/**
 * What of the place where a run was made can move its numbers, by the names that the environment of
 * a run record has it under; no host, no user, no path. `cpu`: the processor's model; `cores`:
 * those that the process may use; `cpuLimit`, `memoryLimit`: what a container allows; `workers`:
 * the sending threads.
 */
export const FINGERPRINT_FIELDS = [
  'platform',
  'cpu',
  'cores',
  'cpuLimit',
  'memoryLimit',
  'workers',
  'kernel',
  'node',
] as const;
export type FingerprintField = (typeof FINGERPRINT_FIELDS)[number];

/** A field that is not known is absent. */
export type Fingerprint = Readonly<Partial<Record<FingerprintField, string>>>;

/** A field that both have and in which they differ. */
export interface FingerprintDifference {
  readonly field: FingerprintField;
  readonly before: string;
  readonly after: string;
  /** Whether numbers of the two are of other machines, and not only of another version. */
  readonly isOtherMachine: boolean;
}

/** Versions of what lies below the run: an upgrade is a change that is looked for. */
const VERSIONS: ReadonlySet<FingerprintField> = new Set(['kernel', 'node']);

/** Returns what of a run's environment can move its numbers. */
export function fingerprintOf(environment: Readonly<Record<string, string>>): Fingerprint {
  return Object.fromEntries(
    FINGERPRINT_FIELDS.flatMap((field) => {
      const value = environment[field] ?? '';
      return value === '' ? [] : [[field, value]];
    }),
  );
}

/** Returns in what two environments differ, of what is known of both; the machine's first. */
export function fingerprintDifferences(
  before: Fingerprint,
  after: Fingerprint,
): readonly FingerprintDifference[] {
  return FINGERPRINT_FIELDS.flatMap((field) => {
    const [was, is] = [before[field], after[field]];
    if (was === undefined || is === undefined || was === is) return [];
    return [{ field, before: was, after: is, isOtherMachine: !VERSIONS.has(field) }];
  });
}

/** Returns a difference for people: `cores 4, not 2`. */
export function differenceText({ field, before, after }: FingerprintDifference): string {
  return `${FIELD_WORDS[field]} ${after}, not ${before}`;
}

const FIELD_WORDS: Readonly<Record<FingerprintField, string>> = {
  platform: 'platform',
  cpu: 'processor',
  cores: 'cores',
  cpuLimit: "the container's processor limit",
  memoryLimit: "the container's memory limit",
  workers: 'sending workers',
  kernel: 'kernel',
  node: 'Node',
};
