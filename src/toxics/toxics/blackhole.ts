import { HoldingLink } from '../holding-link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const blackhole = toxicKind({
  type: 'blackhole',
  description:
    'Lets nothing through, neither data nor an end, for as long as it is on; then all that waited goes on.',
  works: 'stream',
  ramps: 'toxicity',
  settings: {},
  link: (_, context) => new BlackholeLink(context),
});

/**
 * Stands for packets that get lost on the way: TCP sends them again and again until they get
 * through. So what comes is held, and where too much of it is, the sender is not read from any
 * more. When the toxic leaves, the connection goes on whole.
 */
class BlackholeLink extends HoldingLink {
  protected override advance(): void {
    // Held until the toxic leaves.
  }
}
