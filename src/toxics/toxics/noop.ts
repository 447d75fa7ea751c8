import { PassingLink } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const noop = toxicKind({
  type: 'noop',
  description: 'Does nothing: data and the end pass as they are.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'toxicity',
  settings: {},
  link: (_, context) => new PassingLink(context),
});
