import * as z from 'zod';
import { wholeNumber } from './quantities.ts';

/** As many calls as the target answers. */
export const saturate = z
  .strictObject({
    connections: wholeNumber(
      { min: 1, max: 10_000 },
      { description: 'Connections, each with its next call behind the last one.', examples: [64] },
    ),
    pipelining: wholeNumber(
      { min: 1, max: 1_000 },
      {
        description: 'Calls under way at once on one connection; answers come in their order.',
        examples: [1],
      },
    ).default(1),
  })
  .meta({
    description:
      'A closed load without users: autocannon calls one constant step as often as the target answers.',
    examples: [{ connections: 64 }],
  });
