import { HarnessError } from '../core/index.ts';

/** Where to listen, as an option named it. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns the address of `9464`, `0.0.0.0:9464` or `[::1]:9464`; loopback where no host is given.
 * @throws USAGE_INVALID for anything else.
 */
export function parseListenAddress(text: string, option: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/iu.exec(text);
  const port = Number(match?.[3]);
  if (match && port <= 65_535) return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
  throw new HarnessError('USAGE_INVALID', `${option} must be [host:]port, got ${text}`, {
    hint: `Write ${option} 9464, or ${option} 0 for any free port.`,
  });
}
