import { epochNowMs, NS_PER_SEC, systemClock } from '../../src/core/index.ts';
import { LogLinearHistogram } from '../../src/record/index.ts';

/**
 * Only looks at the clock, and prints how late it saw the arrivals of a constant rate: arrivals per
 * second and seconds are its arguments. What it is late by is the machine's.
 */
const [ratePerSec = 1, seconds = 1] = process.argv.slice(2).map(Number);
const clock = systemClock(epochNowMs());
const lags = new LogLinearHistogram();
for (let arrival = 1; arrival <= ratePerSec * seconds; arrival++) {
  const dueNs = (arrival * NS_PER_SEC) / ratePerSec;
  let nowNs = clock.nowNs();
  while (nowNs < dueNs) nowNs = clock.nowNs();
  lags.record(nowNs - dueNs);
}
const at = (ratio: number): number => lags.quantile(ratio);
process.stdout.write(JSON.stringify({ p50: at(0.5), p99: at(0.99), p999: at(0.999) }));
