import * as z from 'zod';
import { parseDuration } from '../../core/index.ts';
import { POLICY_PRESETS } from '../../resilience/index.ts';
import { PROTOCOL_KINDS } from '../protocols/index.ts';
import { isJson } from './call-texts.ts';
import {
  duration,
  DURATION_NS_MAX,
  enumOf,
  flag,
  nameKey,
  percent,
  rate,
  text,
  wholeNumber,
  type Help,
} from './quantities.ts';
import { retry } from './retry.ts';

/** What a caller does about calls that are slow or fail: `policies`, and `policy` of its users. */

/** What a target or a step says to have no policy. */
export const NO_POLICY = 'none';

/** The names of policies that are not written down. */
export const PRESETS: readonly string[] = POLICY_PRESETS.map(({ name }) => name);

const statuses = PROTOCOL_KINDS.flatMap((kind) => kind.statuses.schemas);
const AFTER_WANTED = 'must be a duration > 0 such as 50ms, or a percentile such as p95';
const PERCENTILE = /^\s*p\s*(?:\(\s*(\d+(?:\.\d+)?)\s*\)|(\d+(?:\.\d+)?))\s*$/u;

const after = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' && input > 0
        ? `must name its unit, such as ${input}ms`
        : AFTER_WANTED,
  })
  .transform((value, context): { delayNs: number } | { quantile: number } => {
    const [, inBraces, bare] = PERCENTILE.exec(value) ?? [];
    const percentile = Number(inBraces ?? bare ?? NaN);
    if (percentile > 0 && percentile < 100) return { quantile: percentile / 100 };
    const delayNs = parseDuration(value);
    if (delayNs !== undefined && delayNs > 0 && delayNs <= DURATION_NS_MAX) return { delayNs };
    context.issues.push({ code: 'custom', message: AFTER_WANTED, input: value });
    return z.NEVER;
  })
  .meta({
    description:
      'When the second attempt is made: a time after the first was sent, or the time within which such a share of the attempts were answered.',
    examples: ['50ms', 'p95'],
  });

const hedge = z
  .strictObject({
    after,
    maxExtra: moreThanNone({
      description: 'Second attempts are at most this share of the calls.',
      examples: ['5%'],
    }).prefault('5%'),
  })
  .meta({
    description:
      'A second attempt beside the first, once that takes long; the first answer counts, the other attempt is given up.',
    examples: [{ after: 'p95', maxExtra: '5%' }],
  });

const breaker = z
  .strictObject({
    failures: moreThanNone({
      description: 'The share of failed attempts in the window from which it opens.',
      examples: ['50%'],
    }).prefault('50%'),
    calls: wholeNumber(
      { min: 1, max: 1_000_000 },
      { description: 'Attempts in the window below which it stays closed.', examples: [20] },
    ).default(20),
    window: duration({
      description: 'How far back attempts count, from their end.',
      examples: ['10s'],
    }).prefault('10s'),
    sleep: duration({
      description: 'How long it is open before probes may go.',
      examples: ['60s'],
    }).prefault('60s'),
    probes: wholeNumber(
      { min: 1, max: 1_000 },
      {
        description:
          'Attempts that go once it was open for so long: where all go well it closes, where one fails it opens again.',
        examples: [5],
      },
    ).default(5),
    slow: duration({
      description: 'An attempt that takes longer counts as slow. Without it none does.',
      examples: ['1s'],
    }).optional(),
    slowCalls: moreThanNone({
      description: 'With slow: the share of slow attempts from which it opens.',
      examples: ['50%'],
    })
      .optional()
      .meta({ default: '50%' }),
  })
  .refine(({ slow, slowCalls }) => slow !== undefined || slowCalls === undefined, {
    error: 'must have slow where it has slowCalls',
    params: { hint: 'Add slow: 1s, or remove slowCalls.' },
  })
  .meta({
    description:
      'Refuses calls while too many attempts fail, so that a target that is down is left alone.',
    examples: [{ failures: '50%', calls: 20, window: '10s', sleep: '60s', probes: 5 }],
  });

const bulkhead = z
  .strictObject({
    calls: wholeNumber(
      { min: 1, max: 1_000_000 },
      { description: 'Most calls at once.', examples: [50] },
    ),
    waiting: wholeNumber(
      { min: 0, max: 1_000_000 },
      {
        description:
          'Most calls that wait for one of these to be over; past them a call is refused.',
        examples: [0],
      },
    ).default(0),
  })
  .meta({
    description: 'Refuses calls past so many at once.',
    examples: [{ calls: 50, waiting: 10 }],
  });

const rateLimit = z
  .strictObject({
    rate: rate({ description: 'Calls that pass, in the long run.', examples: ['100/s', '100/m'] }),
    burst: wholeNumber(
      { min: 1, max: 10_000_000 },
      {
        description:
          'Most calls that pass at once after a pause. Without it as many as the rate has in a second, and 1 at least.',
        examples: [20],
      },
    ).optional(),
    by: enumOf(['all', 'user', 'address', 'step'], {
      description:
        'Who has a limit of their own: none (all share one), each virtual user, each address (target) that is called, each step.',
      examples: ['user'],
    }).default('all'),
  })
  .meta({
    description: 'Refuses calls past a rate: a token bucket.',
    examples: [{ rate: '100/s', burst: 20, by: 'all' }],
  });

const isConstant = (value: unknown): boolean => !JSON.stringify(value ?? '').includes('${');
const constant = {
  error: 'must hold no reference',
  params: { hint: 'The answer is the same for every call: write it as it is.' },
};

const fallback = z
  .strictObject({
    status: z
      .union(statuses, { error: 'must be a status such as 200, or of gRPC a name such as OK' })
      .refine((status) => !String(status).endsWith('xx'), {
        error: 'must be one status, not a class',
      })
      .optional()
      .meta({
        description:
          'The status of the answer; one that the step counts as ok. Without it 200, of a gRPC step OK.',
        examples: [200, 'OK'],
      }),
    json: z
      .unknown()
      .refine(isJson, { error: 'must be JSON, without .nan and .inf' })
      .refine(isConstant, constant)
      .optional()
      .meta({
        description: 'The body of the answer as a value; of a gRPC step its message.',
        examples: [{ items: [] }],
      }),
    body: text('must be a text', {
      description: 'The body of the answer as a text; not beside json, and not of a gRPC step.',
      examples: ['unavailable'],
    })
      .refine(isConstant, constant)
      .optional(),
  })
  .refine(({ json, body }) => json === undefined || body === undefined, {
    error: 'must have one of json and body, not both',
    params: { hint: 'Remove one of them.' },
  })
  .meta({
    description:
      'The answer that a call has in place of a failure. Captures read it, checks do not.',
    examples: [{ status: 200, json: { items: [] } }],
  });

/** What a policy does; idempotent alone is none of it. */
const PARTS = [
  'totalTimeout',
  'attemptTimeout',
  'retry',
  'hedge',
  'breaker',
  'bulkhead',
  'rateLimit',
  'fallback',
] as const;

const policy = z
  .strictObject({
    totalTimeout: duration({
      description: 'Of a call, with all its attempts and the waits between them.',
      examples: ['2s'],
    }).optional(),
    attemptTimeout: duration({
      description: "Of one attempt, in place of the step's timeout.",
      examples: ['300ms'],
    }).optional(),
    idempotent: flag({
      description:
        'Whether a call may be made twice. Without it by its method: GET, HEAD, OPTIONS, TRACE, PUT and DELETE may, all else and gRPC may not.',
      examples: [true],
    }).optional(),
    retry: retry.optional(),
    hedge: hedge.optional(),
    breaker: breaker.optional(),
    bulkhead: bulkhead.optional(),
    rateLimit: rateLimit.optional(),
    fallback: fallback.optional(),
  })
  .refine((file) => PARTS.some((key) => file[key] !== undefined), {
    error: `must have at least one of ${PARTS.join(', ')}`,
    params: { hint: 'A policy without any of them does nothing: add one, or remove the policy.' },
  })
  .meta({
    id: 'policy',
    description: 'What a caller does about calls that are slow or fail.',
    examples: [{ attemptTimeout: '300ms', retry: { attempts: 3, budget: { ratio: '20%' } } }],
  });

/** A policy as the file holds it. */
export type PolicyFile = z.output<typeof policy>;

/** Policies by name. */
export const policies = z
  .record(
    nameKey
      .refine((name) => name !== NO_POLICY, {
        error: 'cannot be taken: it says that there is no policy',
      })
      .refine((name) => !PRESETS.includes(name), {
        error: 'cannot be taken: there is a preset of that name',
      }),
    policy,
    { error: 'must be a map of policies' },
  )
  .meta({
    description: 'Policies that targets and steps name.',
    examples: [{ careful: { retry: { attempts: 3, budget: { ratio: '20%' } } } }],
  });

const USE_WANTED = `must be the name of a policy, ${NO_POLICY}, or a policy itself`;

/** The policy of a target or a step: a name, or the policy itself. */
export function policyUse(help: Help) {
  return z
    .union([nameKey, policy], { error: USE_WANTED })
    .optional()
    .meta({ ...help });
}

function moreThanNone(help: Help) {
  return percent(help).refine((ratio) => ratio > 0, { error: 'must be more than 0%' });
}
