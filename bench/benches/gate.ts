import { simulatedTables } from '../gate/simulated-table.ts';
import type { BenchOptions } from '../options.ts';

const RATE_PER_SEC = 500;

/** Prints how often `ab` is wrong, undecided and right, by loads whose difference is known. */
export async function benchGate(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 10 : 100);
  const seconds = options.seconds ?? 60;
  await simulatedTables(
    { rounds, seconds, ratePerSec: RATE_PER_SEC, seed: options.seed ?? 1 },
    say,
  );
}
