import { describe, expect, it } from 'vitest';
import { ChainStand } from '../chain-stand.ts';

describe('limit_data', () => {
  it('passes exactly so many bytes, then closes', () => {
    const stand = new ChainStand();
    stand.put('limit_data', { bytes: 5 });
    stand.write('abc');
    stand.write('defg');
    stand.write('hij');
    stand.end();
    expect(stand.log).toEqual(['0ms abc', '0ms de', '0ms CLOSE']);
  });

  it('closes as soon as the last byte has passed, without waiting for more', () => {
    const stand = new ChainStand();
    stand.put('limit_data', { bytes: 3 });
    stand.write('abc');
    expect(stand.log).toEqual(['0ms abc', '0ms CLOSE']);
  });

  it.each([0, -7])('closes on the first data at %i bytes', (bytes) => {
    const stand = new ChainStand();
    stand.put('limit_data', { bytes });
    stand.passMs(10);
    stand.write('abc');
    expect(stand.log).toEqual(['10ms CLOSE']);
  });

  it('passes the end of a shorter stream', () => {
    const stand = new ChainStand();
    stand.put('limit_data', { bytes: 5 });
    stand.write('abc');
    stand.end();
    expect(stand.log).toEqual(['0ms abc', '0ms FIN']);
  });

  it('counts on where it is changed', () => {
    const stand = new ChainStand();
    const active = stand.put('limit_data', { bytes: 5 });
    stand.write('abc');
    stand.change(active, { bytes: 7 });
    stand.write('defghi');
    expect(stand.log).toEqual(['0ms abc', '0ms defg', '0ms CLOSE']);
  });

  it('closes at the next data where more has passed than it is told now', () => {
    const stand = new ChainStand();
    const active = stand.put('limit_data', { bytes: 5 });
    stand.write('abc');
    stand.change(active, { bytes: 2 });
    stand.write('d');
    expect(stand.log).toEqual(['0ms abc', '0ms CLOSE']);
  });
});
