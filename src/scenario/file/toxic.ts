import * as z from 'zod';
import { didYouMean, formatDuration, NS_PER_MS } from '../../core/index.ts';
import { TOXIC_KINDS } from '../../toxics/catalogue.ts';
import type { Setting, ToxicKind } from '../../toxics/index.ts';
import { delay } from './delay.ts';
import {
  byteCount,
  byteRate,
  duration,
  enumOf,
  percent,
  text,
  wholeNumber,
  type Help,
} from './quantities.ts';

/** The settings of a fault's toxic, made of the catalogue, which describes those of every kind. */

/** A valid toxic of the file: its settings lie beside these, by their names there. */
export interface ToxicFile extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly toxicity: number;
  readonly stream?: 'upstream' | 'downstream' | undefined;
  readonly trigger?: z.output<typeof trigger>;
  readonly ramp?: number | undefined;
  readonly match?: z.output<typeof match>;
}

const COUNT_MAX = 1_000_000_000;
const PATH_WANTED = 'must be a pattern of a path, which begins with / or **';
const TRACE_WANTED = 'must be a trace id of 32 lower-case hex digits, in quotes';

/** What a header, and a trailer, can be: ASCII or Latin-1, on one line. */
const fieldValue = z.string({ error: 'must be a text' }).regex(/^[\t\x20-\x7e\x80-\xff]*$/u, {
  error: 'must be a header value: without line breaks and control characters, up to Latin-1',
});

const trigger = z
  .strictObject({
    first: wholeNumber(
      { min: 1, max: COUNT_MAX },
      {
        description: 'Only the first so many; of those that every picks, where it is said.',
        examples: [2],
      },
    ).optional(),
    every: wholeNumber(
      { min: 1, max: COUNT_MAX },
      { description: 'Only every k-th: k, 2k, 3k...', examples: [10] },
    ).optional(),
    after: wholeNumber(
      { min: 0, max: COUNT_MAX },
      {
        description: 'Only those after so many; every counts from there, then first.',
        examples: [100],
      },
    ).optional(),
    window: z
      .strictObject({
        from: duration(
          { description: 'From so long after it was put on.', examples: ['2s'] },
          { orZero: true },
        ).prefault('0s'),
        for: duration({ description: 'For so long.', examples: ['1s'] }),
      })
      .optional()
      .meta({ description: 'Only in this time.', examples: [{ from: '2s', for: '1s' }] }),
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: 'must say first, every, after or window',
  })
  .meta({
    description:
      'On which connections, of a toxic on requests on which requests, it works: counted in their order, from 1. First after counts, then every, then first; the toxicity comes on top.',
    examples: [{ first: 2 }, { every: 10 }],
  })
  .optional();

const match = z
  .strictObject({
    methods: z
      .array(text('must be a method', { description: 'A method.', examples: ['POST'] }), {
        error: 'must be a list of methods',
      })
      .min(1, { error: 'must name a method' })
      .optional()
      .meta({ description: 'Only requests with one of these methods.', examples: [['POST']] }),
    path: text(PATH_WANTED, {
      description:
        'Only requests to such a path, without its query: * matches any characters but /, ** matches any.',
      examples: ['/api/charges/*'],
    })
      .regex(/^[/*]/u, { error: PATH_WANTED })
      .optional(),
    headers: patterns({
      description: 'Only requests with these header values, in which * matches anything.',
      examples: [{ 'x-tenant': 'acme' }],
    }),
    trace: z
      .string({ error: TRACE_WANTED })
      .regex(/^[0-9a-f]{32}$/u, { error: TRACE_WANTED })
      .optional()
      .meta({
        description:
          'Only requests of this trace, by traceparent or another format of the trace context.',
        examples: ['4bf92f3577b34da6a3ce929d0e0e4736'],
      }),
    baggage: patterns({
      description: 'Only requests with these baggage values, in which * matches anything.',
      examples: [{ tenant: 'acme' }],
    }),
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: 'must say methods, path, headers, trace or baggage',
  })
  .meta({
    description:
      'The requests that it works on; all that is said must hold. Without it, all of them.',
    examples: [{ methods: ['POST'], path: '/api/charges' }],
  })
  .optional();

const toxicityOfRequests = toxicityOf('requests');
const toxicityOfConnections = toxicityOf('connections');

const stream = enumOf(['upstream', 'downstream'], {
  description:
    'The direction it works on, where it has one: downstream from the upstream server to the client, upstream the other.',
  examples: ['downstream'],
}).default('downstream');

const ramp = duration({
  description: 'Over this time its strength grows from nothing to all.',
  examples: ['5s'],
}).optional();

/** What a fault does to what passes its proxy. */
export const toxic = (
  z.discriminatedUnion('type', [...TOXIC_KINDS.values()].map(formOf) as unknown as Forms, {
    error: ({ input }) => toxicWanted(input),
  }) as unknown as z.ZodType<ToxicFile>
).meta({
  description: 'What the fault does to what passes the proxy; its type says which keys it has.',
  examples: [{ type: 'latency', latency: '250ms', jitter: '50ms' }],
});

type Forms = [z.ZodObject<{ type: z.ZodLiteral<string> }>];

/** Returns what the file may say of one kind. */
function formOf(kind: ToxicKind) {
  const settings = Object.values(kind.settings).map((setting) => [
    setting.name,
    valueOf(setting, isAmount(kind, setting)),
  ]);
  return z
    .strictObject({
      type: z.literal(kind.type).meta({ description: 'Which toxic it is.', examples: [kind.type] }),
      ...(Object.fromEntries(settings) as Readonly<Record<string, z.ZodType>>),
      toxicity: kind.works === 'request' ? toxicityOfRequests : toxicityOfConnections,
      ...(kind.works !== 'connection' && { stream }),
      trigger,
      ramp,
      ...(kind.works === 'request' && { match }),
    })
    .meta({ description: kind.description });
}

function toxicityOf(passing: 'connections' | 'requests') {
  return percent({
    description: `The share of ${passing} that it works on.`,
    examples: ['100%', '10%'],
  }).prefault('100%');
}

/** A kind that adds an amount needs its first setting, the amount. */
function isAmount(kind: ToxicKind, setting: Setting): boolean {
  const isFirst = Object.values(kind.settings)[0] === setting;
  return isFirst && kind.works === 'stream' && kind.ramps === 'amount';
}

/** A setting that is left out has its default, unless it is required. */
function valueOf(setting: Setting, isRequired: boolean): z.ZodType {
  const help: Help = { description: setting.description, examples: [setting.example] };
  const value = plainValueOf(setting, help);
  if (setting.kind === 'delay' || isRequired) return value;
  return value.optional().meta({ ...help, ...defaultOf(setting) });
}

function plainValueOf(setting: Setting, help: Help): z.ZodType {
  switch (setting.kind) {
    case 'duration':
      return duration(help, { orZero: true, unit: setting.wire });
    case 'bytes':
      return byteCount(help);
    case 'byteRate':
      return byteRate(help);
    case 'count':
      return wholeNumber(setting, help);
    case 'share':
      return percent(help);
    case 'string':
      return z.string({ error: 'must be a text' }).meta({ ...help });
    case 'enum':
      return enumOf(setting.values, help);
    case 'stringMap':
      return texts(fieldValue).meta({ ...help });
    case 'stringList':
      return z
        .array(z.string({ error: 'must be a name' }), { error: 'must be a list of names' })
        .meta({ ...help });
    case 'delay':
      return delay.meta({ ...help });
  }
}

/** As a file would say it. */
function defaultOf(setting: Setting): { readonly default?: string | number } {
  switch (setting.kind) {
    case 'duration':
      return { default: durationText(setting.default) };
    case 'byteRate':
      return { default: `${setting.default}B/s` };
    case 'share':
      return { default: `${setting.default * 100}%` };
    case 'bytes':
    case 'count':
    case 'string':
    case 'enum':
      return { default: setting.default };
    default:
      return {};
  }
}

function durationText(ns: number): string {
  return ns % NS_PER_MS === 0 ? `${ns / NS_PER_MS}ms` : formatDuration(ns).replace(' ', '');
}

function texts(value: z.ZodString = z.string({ error: 'must be a text' })) {
  return z.record(z.string().min(1), value, { error: 'must be a map of texts' });
}

function patterns(help: Help) {
  return texts()
    .refine((value) => Object.keys(value).length > 0, { error: 'must name one at least' })
    .optional()
    .meta({ ...help });
}

function toxicWanted(input: unknown): string {
  if (typeof input !== 'object' || input === null) return 'must be a map of keys';
  const types = [...TOXIC_KINDS.keys()];
  const type: unknown = 'type' in input ? input.type : undefined;
  if (type === 'reset') return 'must be reset_peer, with timeout in place of after';
  const guess = typeof type === 'string' ? didYouMean(type, types) : '';
  return `must be one of ${types.join(', ')}${guess}`;
}
