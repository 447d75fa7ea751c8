import type { BenchOptions } from '../options.ts';
import { chainOf } from '../policies/chain.ts';
import { machines } from '../policies/machines.ts';
import { peerPolicies } from '../policies/peers.ts';
import type { Subject } from '../policies/subject.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

/** Of one subject in one round. */
const TURN_US = 40_000;
const CALIBRATION_CALLS = 20_000;

/**
 * Prints what one call costs each machine of a policy, and all of them together, in processor time
 * of the whole process, so that collecting garbage counts. The rounds are interleaved; ratios are
 * to ours of the same group in the same round.
 */
export async function benchPolicy(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 3 : 15);
  const ours = machines();
  const groupOf = (start: string): string =>
    ours.find(({ name }) => name.startsWith(start))?.group ?? start;
  const chain = 'all of a policy, every attempt goes well';
  const all: readonly Subject[] = [
    ...ours,
    chainOf(chain, chain, 0),
    chainOf('all of a policy, one in ten fails and is retried', chain, 10),
    ...(options.peers?.length === 0
      ? []
      : peerPolicies({ breaker: groupOf('breaker'), bulkhead: groupOf('bulkhead'), chain })),
  ];
  say(`${rounds} interleaved rounds, ${TURN_US / 1_000} ms of each a round\n`);
  const costs = await measure(all, rounds);
  const rows = all.map((subject) => rowOf(subject, costs, all));
  say(renderTable(['', 'CPU ns/call', 'range', 'x ours', 'range'], rows));
}

/** Returns the ns per call by subject, round after round. */
async function measure(
  all: readonly Subject[],
  rounds: number,
): Promise<ReadonlyMap<Subject, readonly number[]>> {
  const costs = new Map<Subject, number[]>(all.map((subject) => [subject, []]));
  const calls = new Map<Subject, number>();
  for (const subject of all) {
    await nsPerCall(subject, CALIBRATION_CALLS);
    const ns = await nsPerCall(subject, CALIBRATION_CALLS);
    calls.set(subject, Math.ceil((TURN_US * 1_000) / Math.max(1, ns)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const subject of all) {
      const ns = await nsPerCall(subject, calls.get(subject) ?? CALIBRATION_CALLS);
      costs.get(subject)?.push(ns);
    }
  }
  return costs;
}

async function nsPerCall(subject: Subject, calls: number): Promise<number> {
  const before = process.cpuUsage();
  const seen = await subject.run(calls);
  const { user, system } = process.cpuUsage(before);
  if (!(seen >= 0)) throw new Error(`${subject.name} made nothing of ${calls} calls`);
  return ((user + system) * 1_000) / calls;
}

function rowOf(
  subject: Subject,
  costs: ReadonlyMap<Subject, readonly number[]>,
  all: readonly Subject[],
): string[] {
  const own = costs.get(subject) ?? [];
  const ours = all.find(({ group }) => group === subject.group);
  const cells = [subject.name, median(own).toFixed(0), range(own, 0)];
  if (ours === undefined || ours === subject) return cells;
  const base = costs.get(ours) ?? [];
  const ratios = own.map((ns, round) => ns / (base[round] ?? Number.NaN));
  return [...cells, median(ratios).toFixed(1), range(ratios, 1)];
}

function range(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)}`;
}
