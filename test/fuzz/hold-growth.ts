/** Sizes at which a reader's time is taken; the second is 16 times the first. */
const [SMALL, LARGE] = [16 * 1024, 256 * 1024];
const READINGS = 3;
/** Below this, a time says little of how it grows. */
const CPU_US_MIN = 500;
/** Linear is 16 and quadratic 256; what lies between is the machine's. */
const GROWTH_MAX = 64;

/**
 * Gives a reader a small and a large input and asserts that its processor time grows with the size,
 * not with its square. Whether it is read or refused is not asked.
 * @throws what names the shape and the times
 */
export async function holdGrowth(
  shape: string,
  make: (characters: number) => string,
  read: (input: string) => unknown,
): Promise<void> {
  const large = make(LARGE);
  if ((await cpuUsOf(large, read)) <= GROWTH_MAX * CPU_US_MIN) return;
  const [first, last] = [await leastCpuUs(make(SMALL), read), await leastCpuUs(large, read)];
  if (last <= GROWTH_MAX * Math.max(first, CPU_US_MIN)) return;
  throw new Error(`${shape}: ${SMALL} characters take ${first} us, ${LARGE} take ${last} us`);
}

/** Returns the least of some readings: what else the machine does only adds. */
async function leastCpuUs(input: string, read: (input: string) => unknown): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < READINGS; i++) least = Math.min(least, await cpuUsOf(input, read));
  return least;
}

async function cpuUsOf(input: string, read: (input: string) => unknown): Promise<number> {
  const before = process.cpuUsage();
  try {
    await read(input);
  } catch {
    // Refused: that took its time, too.
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
