import {
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import type { StoreFiles } from './store-files.ts';
import { readOwnFile } from './own-file.ts';
import { untrusted } from './untrusted.ts';

/**
 * Makes sure that callgauge made the store's folder where it is. A folder that came another way, in
 * a checkout or an archive, is data that ClickHouse would act on: tables that ask other servers,
 * views that run by themselves, dictionaries that start programs.
 *
 * `store.origin` names when the folder came to be, to the nanosecond, which no copy can repeat.
 * Moving it within its file system leaves that as it is.
 * @throws HarnessError STORE_UNTRUSTED
 */
export function claimStore(files: StoreFiles): void {
  // In this order: who makes the folder writes its origin before anything lies in it.
  const isEmpty = readdirSync(files.data).length === 0;
  if (readOwnFile(files.origin)?.trim() === originOf(files.data)) return;
  if (isEmpty) writeOrigin(files);
  else {
    throw untrusted(
      `${files.data} was not made by callgauge where it is: it was copied or unpacked, or came with a checkout`,
      `Remove it if it is not yours: ClickHouse would run what is in it. Where you brought it here yourself, or an older callgauge made it, \`callgauge store trust --dir ${files.dir}\` takes it over.`,
    );
  }
}

/** Takes the store's folder for one's own from now on. */
export function writeOrigin({ data, origin }: StoreFiles): void {
  const draft = `${origin}.${process.pid}`;
  writeFileSync(draft, `${originOf(data)}\n`, { mode: 0o600 });
  renameSync(draft, origin);
}

/** Returns whether there is a store, trusted or not. */
export function hasStore({ data }: StoreFiles): boolean {
  return existsSync(data) && readdirSync(data).length > 0;
}

function originOf(folder: string): string {
  return birthText(lstatSync(folder, { bigint: true }));
}

/**
 * Returns when a folder or a file came to be, which no copy of it can repeat.
 *
 * On Linux nobody can set it, and inodes of some file systems change; elsewhere an archive can
 * bring the time with it. Some file systems have no such time.
 */
export function birthText({ birthtimeNs, ino }: BigIntStats): string {
  const born = `born ${birthtimeNs}`;
  return process.platform === 'linux' && birthtimeNs > 0n ? born : `${born} inode ${ino}`;
}
