import type { Ms } from '../core/index.ts';
import type { Toxic } from '../faults/index.ts';
import type { ProxySpec } from './proxy-control.ts';
import type { ProxyStats } from './proxy-stats.ts';

/** What the proxies' thread is started with. */
export interface ProxyWorkerData {
  readonly proxies: readonly ProxySpec[];
  readonly seed: number;
}

/** What the host asks of the proxies' thread. */
export type ProxyCommand =
  | {
      readonly type: 'add';
      readonly proxy: string;
      readonly toxic: Toxic;
    }
  | { readonly type: 'remove'; readonly proxy: string; readonly name: string }
  | { readonly type: 'stats' }
  | { readonly type: 'close' };

/** A command with the number by which its answer is known. */
export interface ProxyRequest {
  readonly id: number;
  readonly command: ProxyCommand;
}

/** The first message of the proxies' thread, or an answer. */
export type ProxyMessage =
  | { readonly type: 'listening'; readonly addresses: ReadonlyMap<string, string> }
  | {
      readonly type: 'listen-failed';
      readonly message: string;
      readonly hint: string;
    }
  | { readonly type: 'done'; readonly id: number; readonly atEpochMs: Ms }
  | {
      readonly type: 'stats';
      readonly id: number;
      readonly stats: ReadonlyMap<string, ProxyStats>;
    };
