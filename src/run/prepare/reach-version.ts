import { connect } from 'node:net';
import {
  errorText,
  formatDuration,
  HarnessError,
  NS_PER_MS,
  NS_PER_SEC,
  socketPathOf,
} from '../../core/index.ts';

const WITHIN_NS = 3 * NS_PER_SEC;

/**
 * Makes sure that something takes connections at a URL that was typed, before anything else begins.
 * @param option where it was typed, for messages
 * @throws TARGET_UNRESOLVED where nothing does
 */
export async function reachVersion(url: string, option: string): Promise<void> {
  try {
    await connected(url);
  } catch (error) {
    throw new HarnessError(
      'TARGET_UNRESOLVED',
      `${option}: nothing takes connections at ${url}: ${errorText(error)}`,
      {
        hint: 'Start that version, or correct the address.',
        cause: error,
      },
    );
  }
}

async function connected(url: string): Promise<void> {
  const path = socketPathOf(url);
  const { hostname, port, protocol } = new URL(path === undefined ? url : 'http://localhost');
  const host = hostname.replace(/^\[|\]$/gu, '');
  const place = { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
  const socket = path === undefined ? connect(place) : connect({ path });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.setTimeout(WITHIN_NS / NS_PER_MS, () =>
        reject(new Error(`no answer within ${formatDuration(WITHIN_NS)}`)),
      );
    });
  } finally {
    socket.destroy();
  }
}
