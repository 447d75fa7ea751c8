import { expect, it } from 'vitest';
import { rngFrom, systemClock } from '../../../src/core/index.ts';
import { http2Driver } from '../../../src/drivers/http2/index.ts';
import { RunIds } from '../../../src/trace/index.ts';

it('a driver that was closed before it was opened dials nothing, and does not wait for it', async () => {
  const nothing = (): void => undefined;
  const driver = http2Driver({
    target: { name: 'orders', url: 'http://127.0.0.1:1', connections: 4, connectTimeoutNs: 1e9 },
    steps: [],
    clock: systemClock(),
    dialClock: systemClock(),
    ids: new RunIds('0123456789abcdef'),
    rng: rngFrom(1, 'dialling'),
    propagate: [],
    events: {
      finished: nothing,
      ready: nothing,
      unreachable: nothing,
      connected: nothing,
      connectFailed: nothing,
      resent: nothing,
      lateResponse: nothing,
    },
  });
  await driver.close();
  await expect(driver.open()).resolves.toBeUndefined();
});
