import { epochNsFromMs, NS_PER_DAY, NS_PER_MS, type Clock } from '../core/index.ts';

const DAY_NS = BigInt(NS_PER_DAY);
/**
 * Each day of a batch becomes a part of its own, so that a wild clock would cost thousands: so many
 * days around now are taken, and so many others.
 */
const NEAR_DAYS = 100;
const FAR_DAYS_MAX = 30;
const SURELY_NEAR_MS = (NEAR_DAYS - 1) * 86_400_000;
/** What the 32 bits of otel_traces_trace_id_ts hold; a span without a start begins in 1970. */
const EARLIEST_EPOCH_NS = BigInt(Date.UTC(1971, 0)) * 1_000_000n;
const LATEST_EPOCH_NS = BigInt(Date.UTC(2106, 0)) * 1_000_000n;

/** Which spans their table holds, by when they begin. */
export class StorableStarts {
  readonly #clock: Clock;
  /** Days since the epoch, far from now, of which there are spans. */
  readonly #farDays = new Set<bigint>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Returns why a span is not stored, undefined where it is: its clock, or the unit of its times,
   * is wrong at the source. The first far days that are asked for are kept free for their spans.
   */
  rejectionOf(startEpochNs: bigint): string | undefined {
    const nowEpochMs = this.#clock.originEpochMs + this.#clock.nowNs() / NS_PER_MS;
    // Nearly all are of today: told without a whole number of 64 bits.
    if (Math.abs(Number(startEpochNs) / NS_PER_MS - nowEpochMs) < SURELY_NEAR_MS) return undefined;
    if (startEpochNs === 0n) return 'it has no start time';
    if (startEpochNs < EARLIEST_EPOCH_NS || startEpochNs >= LATEST_EPOCH_NS) {
      return `it begins at ${startEpochNs} ns since 1970; the store holds 1971 to 2105`;
    }
    const day = startEpochNs / DAY_NS;
    const distance = day - this.nowEpochNs() / DAY_NS;
    if (distance <= NEAR_DAYS && distance >= -NEAR_DAYS) return undefined;
    if (this.#farDays.has(day)) return undefined;
    if (this.#farDays.size >= FAR_DAYS_MAX) {
      const date = new Date(Number(startEpochNs / 1_000_000n)).toISOString().slice(0, 10);
      const kept = `spans of ${FAR_DAYS_MAX} other days beyond ${NEAR_DAYS} days from now`;
      return `it begins on '${date}', and ${kept} are stored already`;
    }
    this.#farDays.add(day);
    return undefined;
  }

  nowEpochNs(): bigint {
    return epochNsFromMs(this.#clock.originEpochMs) + BigInt(this.#clock.nowNs());
  }
}
