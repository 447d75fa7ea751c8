import { expect, it } from 'vitest';
import { BlockMemo } from '../../../src/drivers/http2/block-memo.ts';

const read = {
  status: 200,
  contentLength: -1,
  fields: [['grpc-status', '0']] as [string, string][],
};

it('knows the block that it was given last, wherever it stands, and no other', () => {
  const memo = new BlockMemo();
  expect(memo.find(Buffer.from(''), 0, 0)).toBeUndefined();
  memo.keep(Buffer.from('xblock'), 1, 6, read);
  expect(memo.find(Buffer.from('..block..'), 2, 7)).toEqual(read);
  for (const other of ['bloc', 'blocks', 'clock', 'blocl']) {
    expect(memo.find(Buffer.from(other), 0, other.length)).toBeUndefined();
  }
  memo.keep(Buffer.from('other'), 0, 5, { ...read, status: 404 });
  expect(memo.find(Buffer.from('block'), 0, 5)).toBeUndefined();
  expect(memo.find(Buffer.from('other'), 0, 5)?.status).toBe(404);
});

it('does not know a long one', () => {
  const memo = new BlockMemo();
  const long = Buffer.alloc(1_025, 7);
  memo.keep(long, 0, long.length, read);
  expect(memo.find(long, 0, long.length)).toBeUndefined();
});
