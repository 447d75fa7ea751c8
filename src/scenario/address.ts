/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/u;

/**
 * Returns the address of a text `host:port`; IPv6 hosts are in brackets; undefined for any other.
 */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] !== undefined && port <= 65_535 ? { host: match[1], port } : undefined;
}
