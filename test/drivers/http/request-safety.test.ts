import { expect, it } from 'vitest';

import { isSafeTwice } from '../../../src/drivers/http/index.ts';
import { newSlot } from '../../../src/engine/live-call.ts';

it.each([
  [undefined, true, true],
  [undefined, false, false],
  ['GET', false, true],
  ['POST', true, false],
])(
  'a call with the method %s, of a step that is safe: %s, may be sent twice: %s',
  (method, isIdempotent, isSafe) => {
    const call = newSlot();
    if (method !== undefined) call.request = { path: '/', headers: [], body: '', method };
    expect(isSafeTwice(call, { isIdempotent })).toBe(isSafe);
  },
);
