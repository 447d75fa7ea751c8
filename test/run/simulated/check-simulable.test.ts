import { describe, expect, it } from 'vitest';
import { NS_PER_MS, TRANSPORT, type RunRecord } from '../../../src/core/index.ts';
import type { Answer } from '../../../src/simulate/index.ts';
import { RUN_ID, shopText, simulated, storeOf } from './virtual-store.ts';

const SHORT = '  - { phase: steady, flow: buy, arrivals: { rate: 50/s }, for: 4s }';
const TEXT = shopText({ load: SHORT });
const soon = (_call: object, sentNs: number): Answer => ({ atNs: sentNs + NS_PER_MS });

/** Returns the code, the message and the hint of why a scenario is not simulated. */
async function refusal(text: string, record: Partial<RunRecord> = {}, of = TEXT, answer = soon) {
  const store = await storeOf(of, answer, { record });
  const error: unknown = await simulated(store, text).catch((thrown: unknown) => thrown);
  const { code, message, hint } = error as { code: string; message: string; hint: string };
  return { code, message, hint };
}

describe('what cannot be simulated is refused before it begins, with its place and a fix', () => {
  it('a step that the run did not call', async () => {
    expect(await refusal(TEXT.replace('step: order', 'step: orders'))).toEqual({
      code: 'RUN_UNSUITABLE',
      message: `step orders was not called in run ${RUN_ID}, so that nobody knows how it is answered (flows.buy[0].step, shop.yaml:3:24)`,
      hint: 'It called order. Name the step as there, or run the scenario once.',
    });
  });

  it('another address of a target', async () => {
    expect(await refusal(TEXT.replace('127.0.0.1:1"', '127.0.0.1:2"'))).toMatchObject({
      code: 'RUN_UNSUITABLE',
      message: `target shop of step order is http://127.0.0.1:2 over http1, and was http://127.0.0.1:1 over http1 in run ${RUN_ID} (flows.buy[0].step, shop.yaml:3:24)`,
    });
  });

  it('another target', async () => {
    const two = TEXT.replace('targets: {', 'targets: { other: { url: "http://127.0.0.1:1" },');
    expect(await refusal(two.replace('target: shop', 'target: other'))).toMatchObject({
      code: 'RUN_UNSUITABLE',
      message: expect.stringContaining('step order calls target other, and called shop in run'),
    });
  });

  it('other statuses that count as ok', async () => {
    expect(
      await refusal(shopText({ load: SHORT, step: ', check: { status: 200 }' })),
    ).toMatchObject({
      code: 'RUN_UNSUITABLE',
      message: expect.stringContaining('step order accepts 200, and accepted 2xx, 3xx in run'),
    });
  });

  it.each([
    ['saturate', '  - { phase: full, flow: buy, saturate: { connections: 4 }, for: 4s }'],
    [
      'capacity',
      '  - { phase: full, flow: buy, capacity: { from: 10/s, to: 100/s, objective: order.response p(95) < 1s } }',
    ],
  ])('a phase with %s', async (kind, load) => {
    expect(await refusal(shopText({ load }))).toMatchObject({
      code: 'USAGE_INVALID',
      message: expect.stringMatching(
        new RegExp(
          `needs phases with .*, got ${kind} in phase full: .* \\(load\\[0\\], shop.yaml:5:`,
          'u',
        ),
      ),
      hint: 'Give the phase a rate: arrivals: { rate: 200/s }.',
    });
  });

  it('a run that goes on', async () => {
    expect(await refusal(TEXT, { status: 'running' })).toMatchObject({
      code: 'RUN_UNSUITABLE',
      message: `run ${RUN_ID} goes on; a simulation needs one that is over`,
    });
  });

  it('a run without the policy that hid which attempts found no connection', async () => {
    const policies = '  careful: { retry: { attempts: 2, on: [connect] } }';
    const policed = shopText({ load: SHORT, policies, target: ', policy: careful' });
    const store = await storeOf(policed, (_call, sentNs) => ({
      ...{ atNs: sentNs + NS_PER_MS, outcome: TRANSPORT, error: 'ECONNREFUSED' },
      isUnsent: true,
    }));
    const failed = { second: 1, phase: 'steady', target: 'shop', text: 'ECONNREFUSED', count: 3 };
    const source = { ...store.source, connectErrors: async () => [failed] };
    await expect(simulated({ ...store, source }, TEXT)).rejects.toMatchObject({
      code: 'RUN_UNSUITABLE',
      message: expect.stringContaining('step order had a policy in run'),
      hint: 'Name a run in which the step has no policy: --as RUN.',
    });
  });

  it('a run that the store does not have', async () => {
    const store = await storeOf(TEXT, soon);
    const none = { ...store.source, runsBeginning: async () => [] };
    await expect(simulated({ ...store, source: none }, TEXT, 'ffff')).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
    const source = { ...store.source, runs: async () => [] };
    await expect(simulated({ ...store, source }, TEXT)).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
      message: 'the store holds no run of scenario shop',
    });
  });
});
