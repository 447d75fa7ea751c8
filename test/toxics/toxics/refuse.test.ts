import { expect, it } from 'vitest';
import { ChainStand } from '../chain-stand.ts';

it('refuse chooses connections by its trigger and stands in no chain', () => {
  const stand = new ChainStand();
  const active = stand.activate('refuse', {}, { trigger: { after: 1, first: 2 } });
  expect([0, 1, 2, 3].map((number) => active.worksOnConnection(number))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(stand.chain.add(active)).toBe(false);
});
