import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import { readDescription, serverUrls } from '../../src/openapi/index.ts';

function refusalOf(text: string): string {
  try {
    readDescription(text, 'api.yaml');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    expect(error.code).toBe('DESCRIPTION_UNREADABLE');
    expect(error.hint).not.toBe('');
    return error.message;
  }
  return 'read';
}

describe('a description', () => {
  it.each([
    ['openapi: 3.0.3\npaths: {}', '3.0'],
    ['openapi: 3.1.0\npaths: {}', '3.1'],
    ['{"openapi":"3.2.0","paths":{}}', '3.1'],
    ['swagger: "2.0"\npaths: {}', '2.0'],
    ['swagger: 2.0\npaths: {}', '2.0'],
  ])('%j is of version %s', (text, dialect) => {
    expect(readDescription(text, 'api.yaml').dialect).toBe(dialect);
  });

  it.each([
    ['a: 1', 'openapi must be 3.0.x or 3.1.x, got nothing (api.yaml:1:1)'],
    [
      'info: {}\nopenapi: 4.0.0',
      'openapi must be 3.0.x or 3.1.x, got "4.0.0" (openapi, api.yaml:2:1)',
    ],
    ['{\n "swagger": "1.2"\n}', 'swagger must be 2.0, got "1.2" (swagger, api.yaml:2:2)'],
    [
      'openapi: 3.0.0\npaths: [1]',
      'paths must be a map of paths, got a list (paths, api.yaml:2:1)',
    ],
    ['openapi: 3.0.0', 'paths must be a map of paths, got nothing (api.yaml:1:1)'],
    ['- 1', 'must be a map, got a list (api.yaml:1:1)'],
    [
      'a: [1\nb: 2',
      'not valid YAML: a { or [ is not closed before the next line at its own indentation (api.yaml:2:1)',
    ],
    [
      '{"openapi": "3.0.0", "paths": {',
      'not valid YAML: a { or [ is not closed before the next line at its own indentation (api.yaml:1:32)',
    ],
    ['a: &a [*a]', 'alias *a is inside the value that it stands for (api.yaml:1:8)'],
  ])('%j is refused with its place', (text, message) => {
    expect(refusalOf(text)).toBe(message);
  });

  it('is refused where its aliases would be endless, before they are', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    expect(refusalOf(['a0: &a0 [1, 2]', ...lines].join('\n'))).toMatch(
      /^aliases must stand for 100000 values at most, got more \(api\.yaml:\d+:\d+\)$/u,
    );
  });
});

describe('its servers', () => {
  const urls = (text: string, readFrom?: string): readonly string[] =>
    serverUrls(readDescription(text, 'api.yaml'), readFrom);

  it.each([
    [
      'servers: [{ url: "https://a.example/v1/" }, { url: /v2 }]',
      undefined,
      ['https://a.example/v1'],
    ],
    ['servers: [{ url: /v2 }]', 'http://h:1/docs/openapi.json', ['http://h:1/v2']],
    ['servers: [{ url: v2 }]', 'http://h:1/docs/openapi.json', ['http://h:1/docs/v2']],
    ['info: {}', 'http://h:1/docs/openapi.json', ['http://h:1']],
    ['info: {}', undefined, []],
    [
      'servers: [{ url: "http://{host}/", variables: { host: { default: h } } }]',
      undefined,
      ['http://h'],
    ],
    ['servers: [{ url: "http://{host}/" }, { url: "ftp://h" }, 7]', undefined, []],
  ])('%s, read from %s: %j', (servers, readFrom, wanted) => {
    expect(urls(`openapi: 3.0.0\npaths: {}\n${servers}`, readFrom)).toEqual(wanted);
  });

  it.each([
    ['host: h:8', undefined, ['https://h:8']],
    ['host: h:8\nschemes: [ws, http]\nbasePath: v2', undefined, ['http://h:8/v2']],
    ['basePath: /v2', 'http://h:1/swagger.json', ['http://h:1/v2']],
    ['basePath: /v2', undefined, []],
  ])('of Swagger 2.0: %j, read from %s: %j', (servers, readFrom, wanted) => {
    expect(urls(`swagger: "2.0"\npaths: {}\n${servers}`, readFrom)).toEqual(wanted);
  });
});
