import { createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { type Ms, NS_PER_MS, type Ns, systemClock } from '../../src/core/index.ts';
import { RunIds } from '../../src/trace/index.ts';

/**
 * A server whose service time is known: every request is answered `serviceNs` after it was read,
 * and at set times of the run's clock the whole server stalls. It looks at the clock without
 * pause, so that an answer is off by microseconds where the machine is idle, and reports when each
 * was really given, by the arrival that asked for it.
 */
export interface KnownServerInput {
  readonly originEpochMs: Ms;
  readonly runId: string;
  readonly serviceNs: Ns;
  readonly freezes: readonly { readonly fromNs: Ns; readonly toNs: Ns }[];
  /** One request in `every`, by the order in which they are read, takes `serviceNs` instead. */
  readonly slow?: { readonly every: number; readonly serviceNs: Ns };
  /**
   * How many requests are served at once, the others waiting in their order; all where not given.
   */
  readonly slots?: number;
}

const input = workerData as KnownServerInput;
const port = parentPort;
if (!port) throw new Error('the known server runs in a worker thread');
const clock = systemClock(input.originEpochMs);
const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const ids = new RunIds(input.runId);
interface Due {
  readonly socket: Socket;
  readonly seq: number;
  readonly atNs: Ns;
}
/** Each ascends by itself: the slow ones would overtake no other, but the others would wait. */
const due: Due[] = [];
const dueSlow: Due[] = [];
/** When each slot is free again. */
const slotFreeNs: Ns[] = Array.from({ length: input.slots ?? 0 }, () => -Infinity);
let requests = 0;
/** When each arrival was answered, by its number. */
const answeredNs: Ns[] = [];
const freezes = [...input.freezes];
let running = true;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (request) => {
    const isSlow = input.slow !== undefined && ++requests % input.slow.every === 0;
    const serviceNs = isSlow ? (input.slow?.serviceNs ?? 0) : input.serviceNs;
    const atNs = startNs(serviceNs) + serviceNs;
    const [, traceId = ''] = /^traceparent: 00-(\w{32})-/mu.exec(request.toString('latin1')) ?? [];
    (isSlow ? dueSlow : due).push({ socket, seq: ids.seqOfTraceId(traceId) ?? -1, atNs });
  });
  socket.on('error', () => socket.destroy());
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  port.postMessage(typeof address === 'object' ? address?.port : 0);
});

port.on('message', () => {
  running = false;
  port.postMessage(answeredNs);
  server.close();
  for (const { socket } of [...due, ...dueSlow]) socket.destroy();
  process.exit();
});

function turn(): void {
  const [freeze] = freezes;
  if (freeze && clock.nowNs() >= freeze.fromNs) {
    freezes.shift();
    while (clock.nowNs() < freeze.toNs);
  }
  answerFrom(due);
  answerFrom(dueSlow);
  if (running) setImmediate(turn);
}

function answerFrom(queue: Due[]): void {
  for (let next = queue[0]; next && clock.nowNs() >= next.atNs; next = queue[0]) {
    queue.shift();
    // Read before the write: a thread that is put aside between the two has not answered later.
    answeredNs[next.seq] = clock.nowNs();
    next.socket.write(answer);
  }
}

/** Returns when a request that was just read is begun, and takes the slot that it is served in. */
function startNs(serviceNs: Ns): Ns {
  const nowNs = clock.nowNs();
  if (slotFreeNs.length === 0) return nowNs;
  const first = slotFreeNs.indexOf(Math.min(...slotFreeNs));
  const fromNs = Math.max(nowNs, slotFreeNs[first] ?? nowNs);
  slotFreeNs[first] = fromNs + serviceNs;
  return fromNs;
}

// Before the run the clock is looked at a thousand times a second at most.
const wait = -clock.nowNs() / NS_PER_MS;
clock.after(Math.max(0, wait - 100) * NS_PER_MS, turn);
