import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';

/**
 * Returns what of this machine can move the numbers of a run, by the names that a run's environment
 * has them under; what is not known, or not limited, is absent.
 */
export function machineFacts(): Readonly<Record<string, string>> {
  const cpu = cpus()[0]?.model.trim() ?? '';
  const memoryBytes = process.constrainedMemory();
  const cpuLimit = cpuLimitOf(readCpuMax());
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    kernel: release(),
    cores: String(availableParallelism()),
    ...(cpu === '' ? {} : { cpu }),
    ...(cpuLimit === undefined ? {} : { cpuLimit }),
    // Without a limit it is 0, or so large a number that it is none.
    ...(memoryBytes > 0 && memoryBytes < Number.MAX_SAFE_INTEGER
      ? { memoryLimit: `${Math.round(memoryBytes / 2 ** 20)} MiB` }
      : {}),
  };
}

/**
 * Returns the cores' worth of time that a control group allows, as Linux writes it: microseconds of
 * each period, `150000 100000` say, or `max 100000` for no limit.
 */
export function cpuLimitOf(cpuMax: string): string | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/u.exec(cpuMax) ?? [];
  if (quota === undefined || Number(period) === 0) return undefined;
  return String(Number((Number(quota) / Number(period)).toFixed(2)));
}

/** A container sees its own group as the root. */
function readCpuMax(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return '';
  }
}
