import { expect, it } from 'vitest';
import { NS_PER_SEC, VirtualClock } from '../../src/core/index.ts';
import { spansOf, type SpanBlock } from '../../src/native/index.ts';
import { jsonBody, protobufBody } from './otlp-messages.ts';
import { post, PROTOBUF, span, start, traces } from './receiver-request.ts';

const AS_PROTOBUF = { 'content-type': PROTOBUF };

function namesIn(block: SpanBlock): readonly string[] {
  return [...spansOf(block)].map(({ name }) => name);
}

it('are stored once, in whichever form and company they come again', async () => {
  const { receiver, stored } = await start();
  await post(receiver, jsonBody(traces(span(1), span(2))));
  const again = await post(receiver, protobufBody(traces(span(1), span(2))), AS_PROTOBUF);
  expect(again.status).toBe(200);
  const more = await post(receiver, jsonBody(traces(span(2), span(3), span(1), span(4))));
  expect(more.status).toBe(200);
  expect(stored.map(({ name }) => name)).toEqual(['span 1', 'span 2', 'span 3', 'span 4']);
  expect(receiver.counters).toMatchObject({ spans: 4, repeatedSpans: 4 });
});

it('are stored where they could not be the first time', async () => {
  const stored: string[] = [];
  let isFull = true;
  const { receiver } = await start({
    accept: async (block) => {
      if (isFull) throw new Error('full');
      stored.push(...namesIn(block));
    },
  });
  const body = jsonBody(traces(span(1)));
  expect((await post(receiver, body)).status).toBe(503);
  isFull = false;
  expect((await post(receiver, body)).status).toBe(200);
  expect(stored).toEqual(['span 1']);
  expect(receiver.counters).toMatchObject({ spans: 1, repeatedSpans: 0 });
});

// A process that stood still finds its timer due before the answer of the store.
it('are stored once where the client was told to try again, and the store took them', async () => {
  const clock = new VirtualClock();
  const stored: string[] = [];
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { receiver } = await start({
    clock,
    storeWithinNs: 4 * NS_PER_SEC,
    accept: async (block) => {
      begun.resolve();
      await release.promise;
      stored.push(...namesIn(block));
    },
  });
  const first = post(receiver, jsonBody(traces(span(1), span(2))));
  await begun.promise;
  clock.advance(4 * NS_PER_SEC);
  expect((await first).status).toBe(503);
  release.resolve();
  const again = await post(receiver, jsonBody(traces(span(1), span(2), span(3))));
  expect(again.status).toBe(200);
  expect(stored).toEqual(['span 1', 'span 2', 'span 3']);
  expect(receiver.counters).toMatchObject({ spans: 1, repeatedSpans: 2 });
});

it('that come again before the first are stored wait for what becomes of those', async () => {
  const outcomes = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const began = outcomes.map(() => Promise.withResolvers<void>());
  const stored: string[][] = [];
  const { receiver } = await start({
    accept: async (block) => {
      const number = stored.push([...namesIn(block)]) - 1;
      began[number]?.resolve();
      await outcomes[number]?.promise;
    },
  });
  const first = post(receiver, jsonBody(traces(span(1))));
  await began[0]?.promise;
  const second = post(receiver, jsonBody(traces(span(1), span(2))));
  outcomes[0]?.reject(new Error('full'));
  expect((await first).status).toBe(503);
  await began[1]?.promise;
  outcomes[1]?.resolve();
  expect((await second).status).toBe(200);
  expect(stored).toEqual([['span 1'], ['span 1', 'span 2']]);
});

it('wait for nobody but them', async () => {
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { receiver } = await start({
    accept: async (block) => {
      if (!namesIn(block).includes('span 9')) return;
      begun.resolve();
      await release.promise;
    },
  });
  await post(receiver, jsonBody(traces(span(1))));
  const other = post(receiver, jsonBody(traces(span(9))));
  await begun.promise;
  expect((await post(receiver, jsonBody(traces(span(1), span(2))))).status).toBe(200);
  release.resolve();
  expect((await other).status).toBe(200);
  expect(receiver.counters).toMatchObject({ spans: 3, repeatedSpans: 1 });
});
