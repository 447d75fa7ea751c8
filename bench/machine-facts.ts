import { availableParallelism, cpus, loadavg, release } from 'node:os';

/** Returns one line on the machine and how busy it is: without it a figure means nothing. */
export function machineFacts(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const load = loadavg().map((value) => value.toFixed(2));
  return [
    `${availableParallelism()} cores, ${model}`,
    `${process.platform} ${release()}`,
    `node ${process.version}`,
    `load average at the start ${load.join(' ')}`,
  ].join(' · ');
}
