import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpenStreams } from '../../../src/drivers/http2/open-streams.ts';
import { Http2Stream, type StreamSink } from '../../../src/drivers/http2/stream.ts';

const sink = {} as StreamSink;

it('finds the streams that are open by their numbers, as a Map does', () => {
  // How many are opened, and which of those that are open end behind that: some last for long.
  const turns = fc.array(fc.tuple(fc.nat(40), fc.array(fc.nat(1_000), { maxLength: 60 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(turns, (all) => {
      const streams = new OpenStreams();
      const model = new Map<number, Http2Stream>();
      let id = 1;
      for (const [opened, ended] of all) {
        for (let i = 0; i < opened; i++, id += 2) {
          const stream = new Http2Stream(id, sink, 0);
          streams.add(stream);
          model.set(id, stream);
        }
        for (const at of ended) {
          const stream = [...model.values()][at % Math.max(1, model.size)];
          if (stream === undefined) continue;
          model.delete(stream.id);
          streams.remove(stream);
          streams.remove(stream);
        }
        expect(streams.size).toBe(model.size);
        expect(streams.all()).toEqual([...model.values()]);
        for (let known = 1; known <= id; known++) {
          expect(streams.get(known)).toBe(model.get(known));
        }
      }
    }),
    { numRuns: 50 },
  );
});

it('keeps one that lasts while very many come and go', () => {
  const streams = new OpenStreams();
  const lasting = new Http2Stream(1, sink, 0);
  streams.add(lasting);
  for (let id = 3; id < 10_000; id += 2) {
    const stream = new Http2Stream(id, sink, 0);
    streams.add(stream);
    expect(streams.get(id)).toBe(stream);
    expect(streams.get(1)).toBe(lasting);
    streams.remove(stream);
    expect(streams.get(id)).toBeUndefined();
  }
  expect(streams.all()).toEqual([lasting]);
});
