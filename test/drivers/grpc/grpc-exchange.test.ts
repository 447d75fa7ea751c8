import { expect, it } from 'vitest';
import { systemClock } from '../../../src/core/index.ts';
import { GrpcExchange } from '../../../src/drivers/grpc/grpc-exchange.ts';

type Parts = ConstructorParameters<typeof GrpcExchange>;

it('a call whose message cannot be made fails in a turn of its own, so that others have theirs', async () => {
  let finished = 0;
  const call = { request: {} } as unknown as Parts[0];
  const step = { method: { streamsOut: false }, outgoing: () => 'n is no number' };
  const exchange = new GrpcExchange(
    call,
    step as unknown as Parts[1],
    { clock: systemClock() } as unknown as Parts[2],
    { finished: () => finished++ } as unknown as Parts[3],
  );
  exchange.start({} as never);
  await Promise.resolve();
  await Promise.resolve();
  expect(finished).toBe(0);
  await new Promise(setImmediate);
  expect([finished, call.error]).toEqual([1, 'n is no number']);
});
