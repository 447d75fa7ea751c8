import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactedUrl } from '../../../src/export/opentelemetry/index.ts';

describe('redacted URL', () => {
  it.each([
    ['http://127.0.0.1:7101/a?b=c#d', 'http://127.0.0.1:7101/a?b=c#d'],
    ['http://user:pass@host/a', 'http://REDACTED:REDACTED@host/a'],
    ['http://user@host/a@b', 'http://REDACTED:REDACTED@host/a@b'],
    ['http://user:p@ss@host/', 'http://REDACTED:REDACTED@host/'],
    ['http://host/?sig=x&a=1&api_key=y', 'http://host/?sig=REDACTED&a=1&api_key=REDACTED'],
    ['http://host/?access_token=x#f', 'http://host/?access_token=REDACTED#f'],
    ['http://host/?X-Amz-Signature=x', 'http://host/?X-Amz-Signature=REDACTED'],
    ['http://host/?mail=a@b.example', 'http://host/?mail=a@b.example'],
    ['http://host/?design=x&tokens', 'http://host/?design=x&tokens'],
    ['no url', 'no url'],
  ])('of %s is %s', (url, redacted) => {
    expect(redactedUrl(url)).toBe(redacted);
  });

  it('is itself when redacted again', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        expect(redactedUrl(redactedUrl(url))).toBe(redactedUrl(url));
      }),
      { numRuns: 50 },
    );
  });
});
