import type { SpanOptions } from './store-options.ts';
import type { TimeOptions } from './time-options.ts';

/** What `graph` is asked for. */
export interface GraphOptions extends SpanOptions, TimeOptions {
  readonly service?: string;
  readonly traces: string;
  readonly by?: 'operation' | 'service';
  readonly format?: 'text' | 'dot' | 'mermaid' | 'json';
  readonly json?: true;
}
