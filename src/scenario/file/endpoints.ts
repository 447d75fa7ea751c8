import * as z from 'zod';
import { didYouMean } from '../../core/index.ts';
import { hasReference } from '../references.ts';
import { endpointProblem, targetUrlProblem } from '../target-url.ts';
import { HEADER_NAME } from './call-texts.ts';
import { duration, referenceText, text, wholeNumber, type Help } from './quantities.ts';

/** Where a target is: `url`, `endpoints`, `balance`, `health` of `targets.NAME`. */

/** Most endpoints beside the url. */
const ENDPOINTS_MAX = 99;

/** The url of a target, or of one of its endpoints. */
export function targetUrl(help: Help) {
  return referenceText('must be a URL such as http://127.0.0.1:8080', help).superRefine(
    (value, context) => {
      const problem = hasReference(value) ? undefined : targetUrlProblem(value);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    },
  );
}

export const endpoints = z
  .array(
    targetUrl({
      description: 'The url of an endpoint. May hold references.',
      examples: ['http://127.0.0.1:8081'],
    }),
    { error: 'must be a list of urls' },
  )
  .min(1, { error: 'must name at least one url' })
  .max(ENDPOINTS_MAX, { error: `must have ${ENDPOINTS_MAX} urls at most` })
  .optional()
  .meta({
    description:
      'The urls of its further endpoints, url being the first: each call, and each attempt of it, goes to one of them. All begin alike, http:// say.',
    examples: [['http://127.0.0.1:8081', '${services.orders-2.url}']],
  });

/** Ways that need nothing beside their name. */
const PLAIN = [
  'round-robin',
  'random',
  'least-connections',
  'least-response-time',
  'two-choices',
  'source-hash',
  'consistent-hash',
] as const;
const WAYS = [...PLAIN, 'weighted'] as const;

const BALANCE_WANTED = `must be one of ${PLAIN.join(', ')}, or a map such as { by: weighted, weights: [3, 1] }`;
const BY_WANTED = `must be one of ${WAYS.join(', ')}`;

function guess(input: unknown): string {
  return typeof input === 'string' ? didYouMean(input, WAYS) : '';
}

function shortWanted(input: unknown): string {
  return input === 'weighted'
    ? 'must be a map with its weights, such as { by: weighted, weights: [3, 1] }'
    : BALANCE_WANTED + guess(input);
}

const balanceMap = z
  .strictObject({
    by: z
      .enum(WAYS, {
        error: ({ input }) => BY_WANTED + guess(input),
      })
      .meta({ description: 'How an endpoint is chosen.', examples: ['weighted'] }),
    weights: z
      .array(wholeNumber({ min: 1, max: 1_000_000 }, { description: 'A weight.', examples: [3] }), {
        error: 'must be a list of whole numbers',
      })
      .optional()
      .meta({
        description: "Of weighted: one for each endpoint, the url's first.",
        examples: [[3, 1]],
      }),
    header: z
      .string({ error: 'must be the name of a header' })
      .regex(HEADER_NAME, { error: 'must be the name of a header' })
      .optional()
      .meta({
        description:
          'Of consistent-hash: the header by whose value an endpoint is chosen. Without it, by the path.',
        examples: ['x-user'],
      }),
  })
  .superRefine(({ by, weights, header }, context) => {
    const say = (message: string, hint: string): void =>
      context.addIssue({ code: 'custom', message, params: { hint } });
    if (by === 'weighted' && weights === undefined) {
      say('must have weights where it is weighted', 'Add weights: [3, 1], one for each endpoint.');
    } else if (by !== 'weighted' && weights !== undefined) {
      say('must be by: weighted where it has weights', 'Write by: weighted, or remove weights.');
    }
    if (header !== undefined && by !== 'consistent-hash') {
      const hint = 'Write by: consistent-hash, or remove header.';
      say('must be by: consistent-hash where it has header', hint);
    }
  });

export const balance = z
  .union(
    [
      z
        .custom<(typeof PLAIN)[number]>((by) => PLAIN.some((known) => known === by))
        .meta({ jsonType: 'string', pattern: `^(${PLAIN.join('|')})$` }),
      balanceMap,
    ],
    { error: ({ input }) => shortWanted(input) },
  )
  .meta({
    description:
      'Which endpoint an attempt goes to: round-robin, random, least-connections, least-response-time, two-choices, source-hash, consistent-hash, or a map with by and what it needs.',
    examples: ['least-connections', { by: 'weighted', weights: [3, 1] }],
    isMapOrText: true,
    default: 'round-robin',
  })
  .optional();

const outOf = (examples: readonly number[], description: string) =>
  wholeNumber({ min: 1, max: 1_000 }, { description, examples });

const active = z
  .strictObject({
    path: text('must be a path such as /healthz', {
      description: 'A GET of it answers 2xx where the endpoint is well.',
      examples: ['/healthz'],
    }).regex(/^\/[^\s#]*$/u, { error: 'must be a path such as /healthz' }),
    every: duration({
      description: 'From one check to the next.',
      examples: ['30s'],
    }).prefault('30s'),
    timeout: duration({
      description: 'How long a check may take; at most every.',
      examples: ['5s'],
    }).prefault('5s'),
    outAfter: outOf([3], 'Checks in a row that failed before it is out.').default(3),
    inAfter: outOf([1], 'Checks in a row that went well before it is in again.').default(1),
  })
  .refine(({ every, timeout }) => timeout <= every, {
    error: 'must be at most every',
    path: ['timeout'],
    params: { hint: 'Check less often, or shorten timeout.' },
  })
  .meta({
    description: 'A request of our own to each endpoint, now and then.',
    examples: [{ path: '/healthz', every: '30s', outAfter: 3 }],
  });

const passive = z
  .strictObject({
    outAfter: outOf([5], 'Attempts in a row that failed before it is out.').default(5),
    outFor: duration({
      description: 'How long it is out.',
      examples: ['30s'],
    }).prefault('30s'),
  })
  .meta({
    description: 'What the attempts themselves tell of an endpoint.',
    examples: [{ outAfter: 5, outFor: '30s' }],
  });

export const health = z
  .strictObject({ active: active.optional(), passive: passive.optional() })
  .refine((file) => (file.active ?? file.passive) !== undefined, {
    error: 'must have one of active and passive, or both',
    params: { hint: 'Add active: { path: /healthz }, or passive: { outAfter: 5 }.' },
  })
  .optional()
  .meta({
    description: 'When an endpoint gets no attempts. Without it every one always does.',
    examples: [{ active: { path: '/healthz' }, passive: { outAfter: 5, outFor: '30s' } }],
  });

type EndpointsFile = {
  readonly url: string;
  readonly endpoints?: readonly string[] | undefined;
  readonly balance?: z.output<typeof balance>;
  readonly health?: z.output<typeof health>;
};

/** Something about the endpoints of a target that cannot be so. */
interface EndpointIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
}

/** Returns what is wrong between the endpoints of a target and what it says of them. */
export function endpointIssues(file: EndpointsFile): readonly EndpointIssue[] {
  const { url, endpoints: further, balance: by } = file;
  if (further === undefined) {
    return (['balance', 'health'] as const)
      .filter((key) => file[key] !== undefined)
      .map((key) => ({
        path: [],
        message: `must have endpoints beside ${key}: there is but one to choose`,
        hint: `Add endpoints: [URL], or remove ${key}.`,
      }));
  }
  const issues = further.flatMap((one, i): EndpointIssue[] => {
    const problem = endpointProblem(one, [url, ...further.slice(0, i)]);
    return problem ? [{ path: ['endpoints', i], ...problem }] : [];
  });
  const weights = typeof by === 'object' ? by.weights : undefined;
  if (weights !== undefined && weights.length !== further.length + 1) {
    issues.push({
      path: ['balance', 'weights'],
      message: `must have ${further.length + 1} weights, for the url and ${further.length} of endpoints, has ${weights.length}`,
      hint: 'Write one weight for each endpoint, the one of url first.',
    });
  }
  return issues;
}
