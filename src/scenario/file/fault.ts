import * as z from 'zod';
import { duration, name, percent, text, word } from './quantities.ts';

/** The part of the file that says what goes wrong, where and when: `faults`. */

const onConnections = {
  toxicity: percent({
    description: 'The share of connections that it affects.',
    examples: ['100%', '10%'],
  }).prefault('100%'),
  stream: word(['upstream', 'downstream'], {
    description:
      'The direction it works on: downstream from the upstream server to the client, upstream the other.',
    examples: ['downstream'],
  }).default('downstream'),
};

const latency = z
  .strictObject({
    type: z.literal('latency').meta({ description: 'Which toxic it is.', examples: ['latency'] }),
    latency: duration(
      { description: 'How much every chunk of data is delayed.', examples: ['250ms'] },
      { orZero: true },
    ),
    jitter: duration(
      {
        description: 'The delay varies evenly by this much up and down; at most the latency.',
        examples: ['50ms'],
      },
      { orZero: true },
    ).prefault('0ms'),
    ...onConnections,
  })
  .refine((toxic) => toxic.jitter <= toxic.latency, {
    error: 'must be no more than the latency',
    path: ['jitter'],
  })
  .meta({ description: 'Delays every chunk of data, keeping the order.' });

const reset = z
  .strictObject({
    type: z.literal('reset').meta({ description: 'Which toxic it is.', examples: ['reset'] }),
    after: duration(
      {
        description: 'How long after the first data the connection is reset.',
        examples: ['0ms', '100ms'],
      },
      { orZero: true },
    ).prefault('0ms'),
    ...onConnections,
  })
  .meta({ description: 'Resets the connection (TCP RST) some time after its first data.' });

const toxic = z
  .discriminatedUnion('type', [latency, reset], { error: ({ input }) => toxicWanted(input) })
  .meta({
    description: 'What the fault does to the connections of the proxy.',
    examples: [
      { type: 'latency', latency: '250ms', jitter: '50ms' },
      { type: 'reset', after: '0ms' },
    ],
  });

/** When a fault is active. */
export const during = z
  .strictObject({
    phase: text('must be the name of a phase', {
      description: 'The phase in which the fault is active.',
      examples: ['steady'],
    }),
    from: duration(
      {
        description: 'When the fault begins, counted from the start of the phase.',
        examples: ['10s'],
      },
      { orZero: true },
    ).prefault('0s'),
    for: duration({
      description: 'How long the fault lasts; it must end within its phase.',
      examples: ['5s'],
    }),
  })
  .meta({
    description: 'When the fault is active.',
    examples: [{ phase: 'steady', from: '10s', for: '5s' }],
  });

const fault = z
  .strictObject({
    name: name({
      description: "The fault's name in results and on spans; unique in the file.",
      examples: ['payment-stall'],
    }),
    proxy: text('must be the name of a proxy', {
      description: 'The proxy in which it works.',
      examples: ['payment'],
    }),
    toxic,
    during,
  })
  .meta({
    description: 'One thing that goes wrong for a while.',
    examples: [
      {
        name: 'payment-stall',
        proxy: 'payment',
        toxic: { type: 'latency', latency: '250ms' },
        during: { phase: 'steady', from: '10s', for: '5s' },
      },
    ],
  });

/** What goes wrong during the run. */
export const faults = z.array(fault, { error: 'must be a list of faults' }).meta({
  description: 'What goes wrong during the run, in which proxy and when.',
  examples: [
    [
      {
        name: 'payment-stall',
        proxy: 'payment',
        toxic: { type: 'latency', latency: '250ms' },
        during: { phase: 'steady', from: '10s', for: '5s' },
      },
    ],
  ],
});

function toxicWanted(input: unknown): string {
  return typeof input === 'object' ? 'must be latency or reset' : 'must be a map of keys';
}
