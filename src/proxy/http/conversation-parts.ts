import type { Socket } from 'node:net';
import type { Clock } from '../../core/index.ts';
import type { ProxyCounters } from '../proxy-stats.ts';
import type { ClientPort } from './conversation.ts';
import type { ChooseFaults } from './request-chooser.ts';

/** What a conversation is made of. */
export interface ConversationParts {
  readonly port: ClientPort;
  /** Dialled, perhaps not connected yet; the conversation's own from now on. */
  readonly upstream: Socket;
  /** Dials the upstream anew. A dial that fails closes the client. */
  readonly dial: () => Socket;
  readonly choose: ChooseFaults;
  readonly clock: Clock;
  readonly counters: ProxyCounters;
}
