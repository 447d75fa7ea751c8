export interface Growth {
  /** The size of the smaller input. */
  readonly size: number;
  /** How many times as large the other one is. */
  readonly factor: number;
}

/** The system counts a thread's processor time in steps of up to 4 ms. */
const CPU_US_MIN = 60_000;

/**
 * Returns how much longer one input takes than the same size in many small ones, in the processor
 * time of this thread, which a crowded machine hardly changes: about 1 where time is in proportion
 * to the size, about `factor` where it is quadratic.
 */
export function growthOf(work: (size: number) => void, { size, factor }: Growth): number {
  work(size);
  work(size * factor);
  let [smallUs, largeUs] = [0, 0];
  while (smallUs < CPU_US_MIN) {
    smallUs += cpuUsOf(() => {
      for (let i = 0; i < factor; i++) work(size);
    });
    largeUs += cpuUsOf(() => work(size * factor));
    // Much longer already: there is no need to wait for the small ones.
    if (largeUs > 100 * CPU_US_MIN) break;
  }
  return largeUs / Math.max(smallUs, 1);
}

function cpuUsOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}
