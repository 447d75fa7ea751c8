import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** Returns the processes that descend from one, itself the first; Linux only. */
export function processTree(pid: number): readonly number[] {
  const parents = processes().map((child) => [child, parentOf(child)] as const);
  const tree = [pid];
  for (const parent of tree) {
    tree.push(...parents.flatMap(([child, of]) => (of === parent ? [child] : [])));
  }
  return tree;
}

/**
 * Returns the addresses on which processes listen for TCP, and those at which they take UDP, as
 * `127.0.0.1:8123`, sorted; Linux only.
 */
export function listeningOf(pids: readonly number[]): readonly string[] {
  const own = new Set(pids.flatMap(socketsOf));
  const found = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/self/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/u))
      .filter(
        ([, , , state, , , , , , inode]) =>
          own.has(inode ?? '') && (state === LISTENING || table.startsWith('udp')),
      )
      .map(([, local = '']) => addressText(local)),
  );
  return [...new Set(found)].sort();
}

/** The kernel writes an address as 32-bit words in the machine's order, here little-endian. */
function addressText(local: string): string {
  const [hex = '', port = ''] = local.split(':');
  const isIpv4 = hex.length === 8;
  const bytes = hex.match(/../gu) ?? [];
  const host = isIpv4
    ? bytes
        .map((byte) => parseInt(byte, 16))
        .reverse()
        .join('.')
    : `[${hex}]`;
  return `${host}:${parseInt(port, 16)}`;
}

function processes(): readonly number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/u.test(name) ? [Number(name)] : []));
}

function parentOf(pid: number): number | undefined {
  // The name of the program, in brackets, may hold anything.
  return Number(/\) \S (\d+)/u.exec(gone(() => readFileSync(`/proc/${pid}/stat`, 'utf8')))?.[1]);
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return gone(() => readdirSync(folder), []).flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/u.exec(gone(() => readlinkSync(`${folder}/${fd}`)))?.[1];
    return inode === undefined ? [] : [inode];
  });
}

/** A process may end while it is looked at. */
function gone(look: () => string): string;
function gone<T>(look: () => T, otherwise: T): T;
function gone<T>(look: () => T, otherwise: T | string = ''): T | string {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
