import * as z from 'zod';
import { didYouMean, GRPC_STATUSES } from '../../core/index.ts';
import { PROTOCOL_KINDS } from '../protocols/index.ts';
import { duration, enumOf, flag, percent, rate, wholeNumber } from './quantities.ts';

/** The part of a policy that says after what, how often and when a call is tried again. */

/** What an attempt can fail with beside a status. */
export const FAILURES = ['connect', 'reset', 'timeout'] as const;

const ON_WANTED =
  'must be connect, reset, timeout, a status such as 503 or 5xx, or of gRPC a name such as UNAVAILABLE';
const statuses = PROTOCOL_KINDS.flatMap((kind) => kind.statuses.schemas);

const anyFailure = z.union([z.enum(FAILURES), ...statuses]);
type Failure = z.output<typeof anyFailure>;

/** What is none of all its forms is told of as such, and not as a misspelling of one of them. */
const failure = z
  .custom<Failure>((value) => anyFailure.safeParse(value).success, {
    error: ({ input }) => {
      const known = [...FAILURES, ...GRPC_STATUSES];
      return ON_WANTED + (typeof input === 'string' ? didYouMean(input, known) : '');
    },
  })
  .meta({
    description:
      'connect: no connection came about. reset: it ended, or what came was no valid answer. timeout: the attempt took too long. Or a status.',
    examples: ['connect', 503],
    shownAs: anyFailure,
  });

const on = z
  .array(failure, { error: 'must be a list of failures' })
  .min(1, { error: 'must name at least one failure' })
  .superRefine((failures, context) => {
    for (const [i, one] of failures.entries()) {
      if (failures.indexOf(one) === i) continue;
      const params = { hint: `Remove the second ${one}.` };
      const message = 'must stand once in the list';
      context.addIssue({ code: 'custom', message, params, path: [i] });
    }
  })
  .optional()
  .meta({
    description:
      'After which failures of an attempt another is made: connect, reset, timeout, statuses. Without it connect, reset, timeout and 502, 503, 504; of a gRPC step UNAVAILABLE in place of these.',
    examples: [
      ['connect', 'reset', 'timeout', 503],
      ['connect', 'UNAVAILABLE'],
    ],
  });

const backoff = z
  .strictObject({
    base: duration({
      description: 'The longest first wait; each further one may be twice as long.',
      examples: ['25ms'],
    }).prefault('25ms'),
    cap: duration({
      description: 'No wait is longer.',
      examples: ['250ms'],
    }).prefault('250ms'),
    jitter: enumOf(['full', 'equal', 'none'], {
      description:
        'full: a wait is drawn from 0 to its longest, by the seed. equal: from half of that. none: it is as long as it may be.',
      examples: ['full'],
    }).default('full'),
  })
  .refine(({ base, cap }) => base <= cap, {
    error: 'must have a base that is not above its cap',
    params: { hint: 'Raise cap, or lower base.' },
  })
  .meta({
    description: 'The waits between attempts.',
    examples: [{ base: '25ms', cap: '250ms', jitter: 'full' }],
  })
  .prefault({});

const budget = z
  .strictObject({
    ratio: percent({
      description: 'Retries are at most this share of the calls of the last ttl.',
      examples: ['20%'],
    }).prefault('20%'),
    min: rate(
      {
        description: 'So many more may be made, however few calls there are.',
        examples: ['10/s', '0/s'],
      },
      { orZero: true },
    ).prefault('10/s'),
    ttl: duration({
      description: 'How long a call counts.',
      examples: ['10s'],
    }).prefault('10s'),
  })
  .refine(({ ratio, min }) => ratio > 0 || min > 0, {
    error: 'must allow a retry: ratio or min more than 0',
    params: { hint: 'Remove retry to make none.' },
  })
  .meta({
    description: 'How many retries are made at most. Without it every one is made.',
    examples: [{ ratio: '20%', min: '10/s', ttl: '10s' }],
  });

/** Another attempt where one has failed. */
export const retry = z
  .strictObject({
    attempts: wholeNumber(
      { min: 1, max: 20 },
      { description: 'Attempts of a call in all, the first included.', examples: [3] },
    ),
    on,
    backoff,
    budget: budget.optional(),
    otherEndpoint: flag({
      description:
        'Whether a retry goes to another endpoint of the target than the attempts before it, where there is one.',
      examples: [true],
    })
      .optional()
      .meta({ default: true }),
  })
  .superRefine(({ attempts, budget: given }, context) => {
    if (attempts > 1) return;
    const message = given
      ? 'must be 2 or more beside budget: one attempt makes no retries to count'
      : 'must be 2 or more: the first attempt is one of them';
    const params = { hint: 'Write attempts: 2, or remove retry.' };
    context.addIssue({ code: 'custom', message, params, path: ['attempts'] });
  })
  .meta({
    description: 'Another attempt where one has failed.',
    examples: [{ attempts: 3, budget: { ratio: '20%' } }],
  });
