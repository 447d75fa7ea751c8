import { expect, it } from 'vitest';
import { ChainStand } from '../chain-stand.ts';

it('noop passes data and the end as they are, and counts as a toxic that was met', () => {
  const stand = new ChainStand();
  stand.put('noop');
  stand.write('a');
  stand.end();
  expect(stand.log).toEqual(['0ms a', '0ms FIN']);
  expect(stand.touched).toEqual(['noop']);
});
