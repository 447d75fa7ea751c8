import { parseArgs } from 'node:util';

export const BENCHES = [
  'engine',
  'workers',
  'http2',
  'grpc',
  'flow',
  'honesty',
  'policy',
  'precision',
  'memory',
  'invalid',
  'proxy',
  'statistics',
  'spans',
  'soak',
  'start',
  'incident',
  'receive',
  'store',
  'questions',
  'incident-shop',
  'change-points',
  'compare',
  'gate',
  'judged',
  'gate-live',
] as const;
export type BenchName = (typeof BENCHES)[number];

export interface BenchOptions {
  readonly bench: BenchName;
  /** A short try: its figures are rough. */
  readonly quick: boolean;
  /** Length of one measurement; undefined for the bench's own. */
  readonly seconds: number | undefined;
  /** How long each client goes on before it is looked at; undefined for the bench's own. */
  readonly warmUp: number | undefined;
  /** Interleaved rounds; undefined for its own. */
  readonly rounds: number | undefined;
  /** Undefined for the bench's own. */
  readonly connections: readonly number[] | undefined;
  /** How many spans each receiver gets (receive), or a store (questions); by default the own. */
  readonly spans: number | undefined;
  /** Names of the peers to run; undefined for all that the machine has. */
  readonly peers: readonly string[] | undefined;
  /**
   * A folder of labelled traces (incident), or one that keeps its store (questions); a file of
   * `history --json` (change-points).
   */
  readonly data: string | undefined;
  /** A copy of the Turing change-point data set (change-points). */
  readonly tcpd: string | undefined;
  /** Incidents, or series, of each kind; undefined for the bench's own. */
  readonly count: number | undefined;
  /** Kinds of faults; undefined for all (incident-shop). */
  readonly toxics: readonly string[] | undefined;
  /** Of what is drawn; undefined for the bench's own. */
  readonly seed: number | undefined;
}

export const USAGE = `npm run bench -- ${BENCHES.join('|')} [options]

  --quick              a short try, with rough figures
  --seconds N          length of one measurement (memory, soak: of the whole run; receive: at full
                       rate, for what it holds meanwhile)
  --warm-up N          seconds before a client is looked at (http2, grpc; default 1)
  --rounds N           interleaved rounds, or runs of each kind (not honesty, memory)
  --connections 1,16   how many connections (engine; default 1,16,64,256; proxy: 1,64,512;
                        http2, grpc: 1,10; receive: 8)
  --spans N            how many spans each receiver gets (receive, store; default 200000), or are stored
                       (questions; default 10000000)
  --peers wrk,hey      only these peers; 'none' for none (engine, workers, honesty,
                       proxy: haproxy,toxiproxy; receive: collector)
  --data DIR           a folder with labels.json and its files of spans (incident); a folder
                       in which the filled store is kept, and found again (questions); where
                       recorded incidents are kept, and judged again (incident-shop); a file of
                       history --json, whose runs give their noise (change-points)
  --tcpd DIR           a copy of the Turing change-point data set (change-points)
  --count N            incidents of each kind (incident-shop), series (change-points)
  --toxic a,b          only these faults (incident-shop)
  --seed N             of what is drawn (incident-shop, change-points, compare, gate)`;

/**
 * Returns what the command line asks for.
 * @throws Error, with the usage, where it asks for something that there is not.
 */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
      spans: { type: 'string' },
      peers: { type: 'string' },
      data: { type: 'string' },
      tcpd: { type: 'string' },
      count: { type: 'string' },
      toxic: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const bench = BENCHES.find((name) => name === positionals[0]);
  if (bench === undefined || positionals.length > 1) {
    throw new Error(`one bench is wanted, got '${positionals.join(' ')}'\n\n${USAGE}`);
  }
  return {
    bench,
    quick: values.quick,
    seconds: positive('seconds', values.seconds),
    warmUp: positive('warm-up', values['warm-up']),
    rounds: positive('rounds', values.rounds),
    connections: values.connections?.split(',').map((text) => positive('connections', text) ?? 1),
    spans: positive('spans', values.spans),
    peers: values.peers?.split(',').filter((name) => name !== 'none'),
    data: values.data,
    tcpd: values.tcpd,
    count: positive('count', values.count),
    toxics: values.toxic?.split(','),
    seed: positive('seed', values.seed),
  };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} wants whole numbers > 0, got '${text}'\n\n${USAGE}`);
}
