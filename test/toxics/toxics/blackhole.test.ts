import { expect, it } from 'vitest';
import { ChainStand } from '../chain-stand.ts';

it('blackhole lets nothing through while it is on, and gives the connection back whole', () => {
  const stand = new ChainStand();
  stand.put('blackhole');
  stand.write('a');
  stand.passMs(1_000_000);
  stand.write('b');
  stand.end();
  expect(stand.log).toEqual([]);
  expect(stand.chain.heldChunks).toBe(2);
  stand.chain.remove('blackhole');
  expect(stand.log).toEqual(['1000000ms a', '1000000ms b', '1000000ms FIN']);
});
