import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { checkPlace, makeRoomForResult, writeResult } from '../../src/cli/write-result.ts';
import { Workplace } from './callgauge-process.ts';

const place = new Workplace();
beforeAll(() => {
  mkdirSync(join(place.folder, 'folder'));
  writeFileSync(join(place.folder, 'plain'), '');
  symlinkSync('/proc/none', join(place.folder, 'nowhere'));
});
afterAll(() => place.remove());

it('makes the folder, leaves nothing of an earlier result, and no part of this one', async () => {
  const file = join(place.folder, 'a/b/result.xml');
  makeRoomForResult(file);
  expect(readdirSync(join(place.folder, 'a/b'))).toEqual([]);
  await writeResult(file, 'one');
  makeRoomForResult(file);
  expect(existsSync(file)).toBe(false);
  await writeResult(file, 'two');
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(readdirSync(join(place.folder, 'a/b'))).toEqual(['result.xml']);
});

it('writes what a link leads to, and keeps the link', async () => {
  const [target, link] = [join(place.folder, 'target'), join(place.folder, 'link')];
  writeFileSync(target, 'old');
  symlinkSync(target, link);
  makeRoomForResult(link);
  await writeResult(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe('new');
});

it('writes into a pipe as it is', async () => {
  const pipe = join(place.folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  makeRoomForResult(pipe);
  const [read] = await Promise.all([readFile(pipe, 'utf8'), writeResult(pipe, 'through')]);
  expect(read).toBe('through');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

it.each([
  ['a folder', 'folder', 'it is a folder'],
  ['a file in a file', 'plain/result.xml', 'ENOTDIR|EEXIST'],
  ['a file in a link that leads nowhere', 'nowhere/result.xml', 'ENOENT|EEXIST'],
])('knows beforehand that %s cannot be written', (_what, name, reason) => {
  const path = join(place.folder, name);
  expect(() => makeRoomForResult(path)).toThrow(
    expect.objectContaining({
      code: 'SYSTEM_LIMIT',
      message: expect.stringMatching(`^${path} cannot be written: .*(?:${reason})`),
    }),
  );
});

it('tries a place without touching what is there', () => {
  const file = join(place.folder, 'kept.yaml');
  writeFileSync(file, 'mine');
  checkPlace(file);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect(() => checkPlace(join(place.folder, 'plain/new.yaml'))).toThrow(/cannot be written/u);
});
