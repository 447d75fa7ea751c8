import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { hasProgram } from '../child-process.ts';
import { ECHO_PROTO } from '../client/echo-step.ts';
import { clientCommand } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import type { Load } from '../peers/index.ts';
import { startGrpcServer } from '../servers/grpc-server.ts';
import { type Client, costTable, interleaved, WARM_UP_SEC } from './request-cost.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const STREAMS = 10;
const LEVELS = [1, 10];
/** The message `{ text: hello }`, framed. */
const FRAME = Buffer.from([0, 0, 0, 0, 7, 0x0a, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);

/**
 * Prints what a unary call costs callgauge, @grpc/grpc-js and ghz in processor time, and beside
 * them h2load, which sends the same bytes and does not look at what comes back; measured as
 * `engine` measures.
 */
export async function benchGrpc(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (process.platform !== 'linux' || availableParallelism() < 2) {
    say('grpc skipped: it needs Linux and two cores');
    return;
  }
  const isWanted = (name: string): boolean => options.peers?.includes(name) ?? true;
  const hasH2load = hasProgram('h2load') && isWanted('h2load');
  if (!hasH2load) say('skipped: h2load (not here, or not wanted)');
  const hasGhz = hasProgram('ghz') && isWanted('ghz');
  if (!hasGhz) say('skipped: ghz (not here, or not wanted)');
  const frameFile = join(scratch, 'message.bin');
  writeFileSync(frameFile, FRAME);
  const protoFile = join(scratch, 'echo.proto');
  writeFileSync(protoFile, ECHO_PROTO);
  const clients: Client[] = [
    { name: 'callgauge', core: CLIENT_CORE, command: callgauge },
    ...(isWanted('grpc-js') ? [{ name: 'grpc-js', core: CLIENT_CORE, command: grpcJs }] : []),
    ...(hasGhz
      ? [{ name: 'ghz', core: CLIENT_CORE, command: (load: Load) => ghz(load, protoFile) }]
      : []),
    ...(hasH2load
      ? [{ name: 'h2load', core: CLIENT_CORE, command: (load: Load) => h2load(load, frameFile) }]
      : []),
  ];
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 3);
  const server = await startGrpcServer(SERVER_CORE);
  try {
    const warmUpSec = options.warmUp ?? WARM_UP_SEC;
    say(`${rounds} interleaved rounds of ${seconds} s each after ${warmUpSec} s`);
    say(`server: ${server.title} on core ${SERVER_CORE}, client on core ${CLIENT_CORE}`);
    for (const connections of options.connections ?? LEVELS) {
      const load = { url: server.url, connections, seconds, scratch };
      const costs = await interleaved(clients, server, load, rounds, warmUpSec);
      say(`\n${connections} x ${STREAMS} streams\n\n${costTable(costs, 'h2load')}`);
    }
  } finally {
    await server.stop();
  }
}

function callgauge({ url, connections, seconds }: Load): string[] {
  return clientCommand({
    url,
    connections,
    streams: STREAMS,
    isGrpc: true,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections * STREAMS } }],
  });
}

function grpcJs({ url, connections }: Load): string[] {
  const main = join(import.meta.dirname, '../client/grpc-js-main.ts');
  return [process.execPath, main, new URL(url).host, String(connections), String(STREAMS)];
}

function ghz({ url, connections, seconds }: Load, protoFile: string): string[] {
  const counts = [`-c${connections * STREAMS}`, `--connections=${connections}`, '--cpus=1'];
  const call = [`--proto=${protoFile}`, '--call=bench.Echo/Say', '-d', '{"text":"hello"}'];
  const bounds = [`-z${seconds}s`, '--duration-stop=wait'];
  return ['ghz', '--insecure', ...counts, ...call, ...bounds, new URL(url).host];
}

function h2load({ url, connections, seconds }: Load, frameFile: string): string[] {
  const headers = ['te: trailers', 'content-type: application/grpc'].flatMap((h) => ['-H', h]);
  const counts = ['-t1', `-c${connections}`, `-m${STREAMS}`, `-D${seconds}`];
  return ['h2load', ...counts, ...headers, '-d', frameFile, `${url}bench.Echo/Say`];
}
