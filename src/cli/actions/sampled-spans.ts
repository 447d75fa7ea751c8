import { NS_PER_SEC, type Ns, type Timer } from '../../core/index.ts';
import { runHashesOf, sampledText, TailSampler, type SamplingRules } from '../../sampling/index.ts';
import type { Store } from '../../store/index.ts';

/** A run is stored as it begins, long before the first of its traces is decided. */
const ASK_EVERY_NS: Ns = 3 * NS_PER_SEC;

/**
 * Starts to sample traces into a store. Those of runs are kept, all of them: what a run reports of
 * its calls rests on the spans of each.
 * @returns the sampler, the identities of the spans that waited, and what ends it and tells what it
 * did
 */
export async function startSampling(
  { source, clock, undecidedLog }: Pick<Store, 'source' | 'clock' | 'undecidedLog'>,
  rules: SamplingRules,
  onNotice: (text: string) => void,
): Promise<{
  readonly sampler: TailSampler;
  readonly waiting: readonly Uint32Array[];
  close(): Promise<string>;
}> {
  let runs: ReadonlySet<number> = new Set();
  let timer: Timer | undefined;
  let isClosed = false;
  const ask = async (): Promise<void> => {
    try {
      runs = runHashesOf(await source.recentRunIds());
    } catch {
      // The store is away: the journal says so. What ran before is known, and nothing else runs.
    }
    if (!isClosed) timer = clock.after(ASK_EVERY_NS, () => void ask());
  };
  await ask();
  const isOfRun = (hash: number): boolean => runs.has(hash);
  const sampler = new TailSampler({ rules, log: undecidedLog(), clock, isOfRun, onNotice });
  const waiting = sampler.start();
  return {
    sampler,
    waiting,
    close: async () => {
      isClosed = true;
      timer?.cancel();
      await sampler.close();
      return sampledText(sampler.counters, rules.ratio);
    },
  };
}
