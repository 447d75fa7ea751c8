import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { trustStore } from '../../../src/store/local/kept-server.ts';
import { openOwnFile, readOwnFile } from '../../../src/store/local/own-file.ts';
import { checkOwnFolder } from '../../../src/store/local/own-folder.ts';
import { writeServerConfig } from '../../../src/store/local/server-config.ts';
import { storeFiles, type StoreFiles } from '../../../src/store/local/store-files.ts';
import { claimStore } from '../../../src/store/local/store-origin.ts';

let parent: string;
let files: StoreFiles;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'callgauge-folder-'));
  files = storeFiles(join(parent, '.callgauge'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A store as callgauge makes one. */
function madeHere(): void {
  mkdirSync(files.dir, { mode: 0o700 });
  mkdirSync(files.data, { mode: 0o700 });
  claimStore(files);
  mkdirSync(join(files.data, 'metadata'));
}

const refused = (message: string, hint: string): unknown =>
  expect.objectContaining({
    code: 'STORE_UNTRUSTED',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the folder of the local store', () => {
  it('is one’s own as callgauge makes it, and where there is none', () => {
    checkOwnFolder(files);
    madeHere();
    checkOwnFolder(files);
  });

  it('is refused where it, or what is in it, is another user’s, with both named', () => {
    madeHere();
    const { uid } = statSync(files.dir);
    const error = thrown(() => checkOwnFolder(files, uid + 1));
    expect(error).toEqual(
      refused(
        `${files.dir} belongs to user id ${uid}, and this command runs as user id ${uid + 1}`,
        '--dir',
      ),
    );
  });

  it.each([
    ['dir', 0o770],
    ['dir', 0o707],
    ['data', 0o720],
    ['config', 0o702],
  ] as const)('is refused where others can write in it: %s, mode %o', (name, mode) => {
    madeHere();
    mkdirSync(files.config, { mode: 0o700 });
    chmodSync(files[name], mode);
    expect(thrown(() => checkOwnFolder(files))).toEqual(
      refused(
        `${files[name]} can be written by other users: its mode is ${mode.toString(8)}, 700`,
        'chmod 700',
      ),
    );
  });

  it('is refused where it is a symbolic link, with the folder to name instead', () => {
    madeHere();
    const link = storeFiles(join(parent, 'link'));
    symlinkSync('.callgauge', link.dir);
    expect(thrown(() => checkOwnFolder(link))).toEqual(
      refused(`a symbolic link to ${files.dir}`, `--dir ${files.dir}`),
    );
  });

  it.each(['store.log', 'store.json', 'store', 'store/config'])(
    'is refused where %s in it is a symbolic link',
    (name) => {
      mkdirSync(files.dir, { mode: 0o700 });
      if (name.includes('/')) mkdirSync(files.data, { mode: 0o700 });
      symlinkSync(parent, join(files.dir, name));
      expect(thrown(() => checkOwnFolder(files))).toEqual(
        refused(`${join(files.dir, name)} is a symbolic link`, 'Remove it'),
      );
    },
  );
});

describe('what lies in the folder of the local store', () => {
  const pipe = (path: string): void => void execFileSync('mkfifo', ['-m', '600', path]);

  it
    .skipIf(process.platform === 'win32')
    .each([
      'store.json',
      'store.lock',
      'store.origin',
      'store.log',
      'store.lock.4711',
      'spool/local/0.spool',
    ])('is refused where %s is a pipe, which nobody writes to', (name) => {
    madeHere();
    mkdirSync(join(files.spool, 'local'), { recursive: true, mode: 0o700 });
    rmSync(join(files.dir, name), { force: true });
    pipe(join(files.dir, name));
    expect(thrown(() => checkOwnFolder(files))).toEqual(
      refused(`${join(files.dir, name)} is no plain file`, 'Remove it'),
    );
    // Also one that is put there after the look.
    expect(thrown(() => readOwnFile(join(files.dir, name)))).toEqual(
      refused(`${join(files.dir, name)} is no plain file`, 'Remove it'),
    );
    expect(thrown(() => openOwnFile(join(files.dir, name), constants.O_WRONLY))).toEqual(
      refused(`${join(files.dir, name)} is no plain file`, 'Remove it'),
    );
  });

  it.each(['spool', 'spool/local', 'spool/local/0.spool'])(
    'is refused where %s is a symbolic link',
    (name) => {
      madeHere();
      mkdirSync(join(files.dir, name, '..'), { recursive: true, mode: 0o700 });
      symlinkSync(parent, join(files.dir, name));
      expect(thrown(() => checkOwnFolder(files))).toEqual(
        refused(`${join(files.dir, name)} is a symbolic link`, 'Remove it'),
      );
    },
  );

  it.each(['spool', 'spool/local'])('is refused where others can write in %s', (name) => {
    madeHere();
    mkdirSync(join(files.spool, 'local'), { recursive: true, mode: 0o700 });
    chmodSync(join(files.dir, name), 0o770);
    expect(thrown(() => checkOwnFolder(files))).toEqual(
      refused(`${join(files.dir, name)} can be written by other users`, 'chmod 700'),
    );
  });

  it('is read to 64 KiB, and through no link', () => {
    madeHere();
    writeFileSync(files.record, 'x'.repeat(64 * 1024));
    expect(readOwnFile(files.record)).toHaveLength(64 * 1024);
    writeFileSync(files.record, 'x'.repeat(64 * 1024 + 1));
    expect(thrown(() => readOwnFile(files.record))).toEqual(refused('64 KiB', 'Remove it'));
    symlinkSync(files.record, files.lock);
    expect(thrown(() => readOwnFile(files.lock))).toEqual(refused(files.lock, 'Remove it'));
    expect(readOwnFile(join(files.dir, 'none'))).toBeUndefined();
  });
});

describe('a store', () => {
  it('is taken where callgauge made it, also after the folder was moved or emptied', () => {
    madeHere();
    claimStore(files);
    renameSync(files.dir, join(parent, 'moved'));
    claimStore(storeFiles(join(parent, 'moved')));
    rmSync(join(parent, 'moved', 'store'), { recursive: true });
    mkdirSync(join(parent, 'moved', 'store'));
    claimStore(storeFiles(join(parent, 'moved')));
  });

  it('is refused where it was brought: copied with all that marks it, or without', () => {
    madeHere();
    const copy = storeFiles(join(parent, 'copy'));
    cpSync(files.dir, copy.dir, { recursive: true, preserveTimestamps: true });
    const error = refused(`${copy.data} was not made by callgauge where it is`, 'store trust');
    expect(thrown(() => claimStore(copy))).toEqual(error);
    rmSync(copy.origin);
    expect(thrown(() => claimStore(copy))).toEqual(error);
  });

  it('is taken over by store trust, with a new password', () => {
    madeHere();
    const { password } = writeServerConfig(files);
    const copy = storeFiles(join(parent, 'copy'));
    cpSync(files.dir, copy.dir, { recursive: true });
    expect(trustStore({ dir: copy.dir })).toEqual({ store: copy.data, spools: [] });
    claimStore(copy);
    expect(writeServerConfig(copy).password).not.toBe(password);
  });

  it('is not taken over where there is none', () => {
    expect(trustStore({ dir: files.dir })).toEqual({ store: undefined, spools: [] });
  });
});

describe('the configuration of the server', () => {
  beforeEach(madeHere);

  it('is written anew into a folder of its own, and the password stays', () => {
    const { password } = writeServerConfig(files);
    chmodSync(files.config, 0o755);
    writeFileSync(join(files.config, 'users.xml'), '<clickhouse/>');
    expect(writeServerConfig(files)).toMatchObject({ password, isPasswordReplaced: false });
    expect(statSync(files.config).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(files.config, 'users.xml'), 'utf8')).toContain('<callgauge>');
  });

  it.each(['users.d', 'conf.d', 'server.d', 'config.xml', '.hidden'])(
    'is refused beside %s, and leaves it there',
    (name) => {
      writeServerConfig(files);
      writeFileSync(join(files.config, name), 'mine');
      expect(thrown(() => writeServerConfig(files))).toEqual(
        refused(`${join(files.config, name)} is not of callgauge`, 'Remove it'),
      );
      expect(readFileSync(join(files.config, name), 'utf8')).toBe('mine');
    },
  );

  it('is refused where its files are links or folders', () => {
    writeServerConfig(files);
    const users = join(files.config, 'users.xml');
    rmSync(users);
    symlinkSync('/dev/null', users);
    expect(thrown(() => writeServerConfig(files))).toEqual(refused(users, 'Remove it'));
  });

  it.each([
    '',
    'x'.repeat(48),
    'A'.repeat(48),
    '5'.repeat(47),
    '5'.repeat(64),
    '5'.repeat(24) + '</a>',
  ])('gets a new password where the kept one is not of 48 hex digits: %j', (kept) => {
    mkdirSync(files.config);
    writeFileSync(join(files.config, 'password'), kept);
    const config = writeServerConfig(files);
    expect(config.password).toMatch(/^[0-9a-f]{48}$/u);
    expect(config.isPasswordReplaced).toBe(true);
    expect(readFileSync(join(files.config, 'password'), 'utf8')).toBe(`${config.password}\n`);
  });
});
