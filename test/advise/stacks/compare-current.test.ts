import { describe, expect, it } from 'vitest';
import { exportTuning, STACKS } from '../../../src/advise/stacks/index.ts';
import { policyWith } from './sample-exports.ts';
import { AGAIN, compared, edge, ONCE, rpcTuning, tuningOf } from './sample-tunings.ts';

describe.each(STACKS.map((stack) => [stack.name, stack] as const))('%s in use', (name, stack) => {
  const tuning = name === 'grpc' || name === 'dubbo' ? rpcTuning() : tuningOf([AGAIN, ONCE]);

  it('is equal to what is recommended where it was exported from that', () => {
    const comparison = compared(tuning, exportTuning(tuning, stack));
    expect(comparison).toMatchObject({
      stack: stack.title,
      differences: [],
      missing: [],
      others: [],
    });
    expect(comparison.equal).toHaveLength(tuning.edges.length);
  });

  it('differs in the parts that have changed since', () => {
    const before = tuningOf(
      tuning.edges.map((one) => ({
        ...one,
        policy: { ...policyWith(2, 'transient'), attemptTimeoutNs: 900e6 },
      })),
    );
    const { differences } = compared(tuning, exportTuning(before, stack));
    const names = new Set(differences.map((one) => one.name));
    const hasTimeout = name !== 'grpc';
    expect(names.has('attempt timeout')).toBe(hasTimeout);
    const withAttempts = !['openfeign', 'hystrix', 'opossum'].includes(name);
    expect(names.has('attempts')).toBe(withAttempts);
    if (hasTimeout) {
      expect(differences.find((one) => one.name === 'attempt timeout')).toMatchObject({
        inUse: '900 ms',
        recommended: '700 ms',
      });
    }
  });
});

describe('what is in use', () => {
  it('names edges that the file lacks, and parts of it that are of no edge', () => {
    const [envoy] = STACKS;
    if (envoy === undefined) throw new Error('no stack');
    const text = exportTuning(tuningOf([AGAIN, edge('gone', 'GET /old', 'GET', 1)]), envoy);
    expect(compared(tuningOf([AGAIN, ONCE]), text)).toMatchObject({
      missing: ['orders → payment  GET /api/cards'],
      others: [expect.stringMatching(/^gone-get-old, line \d+$/u)],
    });
  });

  it.each([
    ['', 'in-use.conf is empty'],
    [' \n\t', 'has nothing but blanks'],
    ['\u007fELF\u0000\u0001', 'is no text: it begins with the bytes 7f 45 4c 46 00 01'],
    ['a: [', 'has no part that any stack would read; it begins with "a: ["'],
    ['{"methodConfig": 3}', 'begins with "{"methodConfig": 3}"'],
    ['resilience4j:\n  retry: [', 'it is no whole YAML, line 2: '],
    ['services:\n  - host: a\n    retries: [', 'it is no whole YAML, line '],
    ['null', 'begins with "null"'],
    ['- 1', 'begins with "- 1"'],
    ['backend other\n    retries 3\n', 'is read as HAProxy: it has other, line 1, and none is of'],
  ])('is refused where %j has none of the edges, with what was seen', (text, message) => {
    expect(() => compared(tuningOf([AGAIN]), text)).toThrow(message);
    expect(() => compared(tuningOf([AGAIN]), text)).toThrow('--current in-use.conf');
  });

  it('is refused as bytes that are no UTF-8', () => {
    const bytes = new Uint8Array([0x1f, 0x8b, 0x08, 0x00]);
    expect(() => compared(tuningOf([AGAIN]), bytes)).toThrow('begins with the bytes 1f 8b 08 00');
  });

  it('is read as one stack alone where that is said, and names the others else', () => {
    const text = `
resilience4j.retry.instances.inventory.max-attempts=2
spring.cloud.openfeign.client.config.inventory.read-timeout=5000
spring.cloud.openfeign.client.config.payment.read-timeout=5000
resilience4j.retry.instances.other.max-attempts=2
`;
    const tuning = tuningOf([AGAIN, ONCE]);
    const both = compared(tuning, text);
    expect(both).toMatchObject({ stack: 'Spring Cloud OpenFeign', alsoOf: ['resilience4j'] });
    const only = STACKS.filter(({ name }) => name === 'resilience4j');
    expect(compared(tuning, text, only)).toMatchObject({ stack: 'resilience4j', alsoOf: [] });
    // What is said of all clients is said of no edge by name.
    const all = text.replaceAll(/config\.(?:inventory|payment)/gu, 'config.default');
    expect(compared(tuning, all)).toMatchObject({ stack: 'resilience4j' });
    const other = STACKS.filter(({ name }) => name === 'kong');
    expect(() => compared(tuning, text, other)).toThrow('has no part that Kong would read');
  });
});
