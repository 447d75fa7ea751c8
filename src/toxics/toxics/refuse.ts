import { toxicKind } from '../toxic-kind.ts';

export const refuse = toxicKind({
  type: 'refuse',
  description:
    'Refuses new connections: all of them meet a closed port, or where only some are meant, those are reset.',
  works: 'connection',
  does: 'refuse',
  settings: {},
});
