/** What one receiver takes at most. Each limit's refusals are counted (receiver-counters.ts). */
export interface ReceiverLimits {
  /** Largest body after decompression. */
  readonly maxBodyBytes: number;
  /** Largest JSON body: parsed, JSON takes many times its bytes. */
  readonly maxJsonBytes: number;
  /** Largest message of gRPC after decompression: it is gathered before it is counted. */
  readonly maxGrpcBytes: number;
  /** Most bytes of all bodies under way together, from their first byte to their answer. */
  readonly maxInFlightBytes: number;
  /** Most spans, events, links, attribute values and groups of spans of one request, together. */
  readonly maxItems: number;
}

const MIB = 2 ** 20;

/** A body of 64 MiB is the OTLP specification's recommendation. */
export const DEFAULT_LIMITS: ReceiverLimits = {
  maxBodyBytes: 64 * MIB,
  maxJsonBytes: 16 * MIB,
  maxGrpcBytes: 16 * MIB,
  maxInFlightBytes: 128 * MIB,
  maxItems: 200_000,
};
