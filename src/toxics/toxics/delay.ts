import { DelayingLink } from '../delaying-link.ts';
import { drawDelay } from '../delay.ts';
import { toxicKind } from '../toxic-kind.ts';

export const delay = toxicKind({
  type: 'delay',
  description: 'Delays every chunk of data by a draw of a distribution, keeping the order.',
  works: 'stream',
  ramps: 'amount',
  settings: {
    delay: {
      kind: 'delay',
      name: 'delay',
      description:
        'How much; drawn anew for each chunk. One that is due before the chunk ahead of it goes with that.',
      example: { distribution: 'lognormal', median: '20ms', sigma: 0.5 },
    },
  },
  link: (values, context) => new DelayingLink(() => drawDelay(values.delay, context.rng), context),
});
