import { once } from 'node:events';
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  status,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { CallPolicy } from '../../../src/advise/index.ts';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { exportedEdge, policyWith } from '../../advise/stacks/sample-exports.ts';
import { exported, soonestMs } from './exported-policies.ts';
import { HEDGE_MS, PROTECTED } from './protected-edges.ts';

const TOTAL_MS = 1_500;
const PATIENT_NS = 30_000 * NS_PER_MS;

/** A status, or no answer at all. */
type Answer = 'OK' | 'UNAVAILABLE' | 'INTERNAL' | 'hang';

const POLICIES: Readonly<Record<string, CallPolicy>> = {
  Again: { ...policyWith(3, 'transient'), totalTimeoutNs: PATIENT_NS },
  Connect: { ...policyWith(2, 'connect'), totalTimeoutNs: PATIENT_NS },
  Once: { ...policyWith(1, 'nothing'), totalTimeoutNs: PATIENT_NS },
  /** A second one beside the first. */
  Hedged: { ...policyWith(2, 'transient'), totalTimeoutNs: PATIENT_NS },
  Ends: { ...policyWith(3, 'transient'), totalTimeoutNs: TOTAL_MS * NS_PER_MS },
};

let server: Server;
let client: Client;
let answers: readonly Answer[] = [];
/** What each attempt said of those before it; '' for the first. */
let attempts: string[] = [];

beforeAll(async () => {
  server = new Server();
  const names = Object.keys(POLICIES);
  const methods = names.map((name) => [name, methodOf(`/shop.Stock/${name}`)]);
  server.addService(
    Object.fromEntries(methods),
    Object.fromEntries(names.map((name) => [name, handle])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const edges = Object.entries(POLICIES).map(([rpcMethod, policy]) =>
    exportedEdge(policy, {
      ...{ key: rpcMethod.toLowerCase(), callee: 'stock', httpMethod: '', path: '' },
      ...{ rpcService: 'shop.Stock', rpcMethod },
      protection: rpcMethod === 'Hedged' ? PROTECTED.hedged.protection : null,
    }),
  );
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.service_config': exported('grpc', edges),
  });
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});

describe('@grpc/grpc-js with the exported service config', () => {
  it.each<[string, readonly Answer[], number, number]>([
    ['Again', ['OK'], 1, status.OK],
    ['Again', ['UNAVAILABLE', 'OK'], 2, status.OK],
    ['Again', ['UNAVAILABLE'], 3, status.UNAVAILABLE],
    ['Again', ['INTERNAL'], 1, status.INTERNAL],
    ['Connect', ['UNAVAILABLE'], 1, status.UNAVAILABLE],
    ['Once', ['UNAVAILABLE'], 1, status.UNAVAILABLE],
  ])('%s: %j are %i attempts', async (method, given, count, code) => {
    // Bucket of the channel: successes give back what failures took.
    await refill();
    [answers, attempts] = [given, []];
    expect(await call(method)).toBe(code);
    expect(attempts).toEqual(Array.from({ length: count }, (_, i) => (i === 0 ? '' : `${i}`)));
  });

  it('makes a second attempt beside one that is late, and another at once after a failed one', async () => {
    await refill();
    [answers, attempts] = [['hang', 'OK'], []];
    const began = performance.now();
    expect(await call('Hedged')).toBe(status.OK);
    expect(performance.now() - began).toBeGreaterThanOrEqual(soonestMs(HEDGE_MS));
    expect(attempts).toHaveLength(2);
    [answers, attempts] = [['UNAVAILABLE', 'OK'], []];
    expect(await call('Hedged')).toBe(status.OK);
    expect(attempts).toHaveLength(2);
  });

  it('ends a call at its total', async () => {
    [answers, attempts] = [['hang'], []];
    const began = performance.now();
    expect(await call('Ends')).toBe(status.DEADLINE_EXCEEDED);
    expect(performance.now() - began).toBeGreaterThanOrEqual(soonestMs(TOTAL_MS));
    expect(attempts).toEqual(['']);
  });

  it('makes no more retries once the budget is spent', async () => {
    [answers, attempts] = [['UNAVAILABLE'], []];
    const calls = 10;
    for (let i = 0; i < calls; i++) await call('Again');
    // Ten tokens, one for each failure, and none below half of them.
    expect(attempts.length).toBeLessThanOrEqual(calls + 5);
    expect(attempts.at(-1)).toBe('');
  });
});

/** At a twentieth of a token each. */
async function refill(): Promise<void> {
  answers = ['OK'];
  for (let i = 0; i < 100; i++) await call('Once');
}

async function call(method: string): Promise<number> {
  const sent = client.makeUnaryRequest(
    `/shop.Stock/${method}`,
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    Buffer.alloc(0),
    () => undefined,
  );
  const [ended] = (await once(sent, 'status')) as [{ readonly code: number }];
  return ended.code;
}

function handle(attempt: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  const given = answers[Math.min(attempts.length, answers.length - 1)] ?? 'OK';
  attempts.push(String(attempt.metadata.get('grpc-previous-rpc-attempts')[0] ?? ''));
  if (given === 'hang') return;
  if (given === 'OK') answer(null, Buffer.alloc(0));
  else answer({ code: status[given], details: given });
}

function methodOf(path: string) {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}
