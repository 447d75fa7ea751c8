import { describe, expect, test } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import { parseStoreUrl } from '../../src/store/index.ts';

describe('a store URL', () => {
  test('names server, user, password and database', () => {
    expect(parseStoreUrl('https://ann:s%40cret@ch.example:8443/perf')).toEqual({
      url: 'https://ch.example:8443',
      username: 'ann',
      password: 's@cret',
      database: 'perf',
    });
  });

  test('is the default user and the database callgauge where it names none', () => {
    for (const text of ['http://127.0.0.1:8123', 'http://127.0.0.1:8123/']) {
      expect(parseStoreUrl(text)).toEqual({
        url: 'http://127.0.0.1:8123',
        username: 'default',
        password: '',
        database: 'callgauge',
      });
    }
  });

  test.each([
    'clickhouse',
    'tcp://127.0.0.1:9000',
    'http://h:8123/a/b',
    'http://h:8123/a?user=x',
    'http://u:%zz@h:8123/a',
    '',
  ])('%j is refused', (text) => {
    expect(() => parseStoreUrl(text)).toThrow(HarnessError);
  });

  test('is never in the message with its password', () => {
    try {
      parseStoreUrl('tcp://ann:hunter2@h:9000/x');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
  });
});
