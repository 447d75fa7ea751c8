import * as z from 'zod';
import { capture, check } from './check.ts';
import { policyUse } from './policy.ts';
import { duration, name, nameKey, text, wholeNumber } from './quantities.ts';
import { callSchemas, kindsOfStep, PROTOCOL_KINDS, type ProtocolKind } from '../protocols/index.ts';

/** The part of the file that says what one arrival does: `flows`, `setup` and `teardown`. */

/** The kinds of entry in a flow; each entry has the key of one of them. */
const KINDS = ['step', 'think', 'parallel', 'choose', 'repeat', 'hook'] as const;
const CALL_KEYS = PROTOCOL_KINDS.map((kind) => kind.name);
const STEP_KEYS = ['target', 'timeout', 'policy', 'tags', ...CALL_KEYS, 'capture', 'check'];
const REPEAT_MAX = 10_000;
/** What a tag without a value has. */
const TAG_SET = 'true';
const WEIGHT_MAX = 1_000_000;

const pause = z.union(
  [
    duration({ description: 'A pause that is always as long.', examples: ['1s'] }),
    z
      .strictObject({
        min: duration(
          { description: 'The shortest pause.', examples: ['500ms'] },
          { orZero: true },
        ),
        max: duration({ description: 'The longest pause.', examples: ['2s'] }),
      })
      .refine(({ min, max }) => min <= max, { error: 'must have a min that is not above its max' }),
  ],
  { error: 'must be a duration > 0 such as 1s, or { min: 500ms, max: 2s }' },
);

const rounds = { min: 0, max: REPEAT_MAX };
const times = z.union(
  [
    wholeNumber({ ...rounds, min: 1 }, { description: 'How many times.', examples: [3] }),
    z
      .strictObject({
        min: wholeNumber(rounds, { description: 'The fewest.', examples: [1] }),
        max: wholeNumber({ ...rounds, min: 1 }, { description: 'The most.', examples: [5] }),
      })
      .refine(({ min, max }) => min <= max, { error: 'must have a min that is not above its max' }),
  ],
  { error: `must be a whole number from 1 to ${REPEAT_MAX}, or { min: 1, max: 5 }` },
);

const plainEntry = z.strictObject({
  step: name({
    description: "One call: the step's name in results and thresholds; unique in the file.",
    examples: ['create-order'],
  }).optional(),
  target: text('must be the name of a target', {
    description: 'Of a step: which of the targets is called; not needed where there is one.',
    examples: ['orders'],
  }).optional(),
  timeout: duration({
    description:
      'Of a step: the bound of one call from the moment it is sent; past it, it is a timeout.',
    examples: ['10s', '500ms'],
  })
    .optional()
    .meta({ default: '10s' }),
  policy: policyUse({
    description:
      "Of a step: what is done about calls that are slow or fail, in place of its target's policy: the name of a policy, none, or a policy itself.",
    examples: ['careful', 'none', { retry: { attempts: 2, on: ['connect'] } }],
  }),
  tags: z
    .union(
      [
        z.record(
          nameKey,
          text('must be a text', { description: 'A tag.', examples: ['payments'] }),
        ),
        z.array(name({ description: 'A tag without a value.', examples: ['critical'] })),
      ],
      { error: 'must be a map of texts, or a list of names' },
    )
    .transform((tags) =>
      Array.isArray(tags) ? Object.fromEntries(tags.map((tag) => [tag, TAG_SET])) : tags,
    )
    .optional()
    .meta({
      description:
        'Of a step: names and values, such as the team that answers for it; a list of names is short for the value true.',
      examples: [{ team: 'payments' }, ['critical']],
    }),
  ...callSchemas,
  capture: capture.optional(),
  check: check.optional(),
  think: pause.optional().meta({
    description: 'A pause, of one length or drawn evenly between min and max by the seed.',
    examples: ['1s', { min: '500ms', max: '2s' }],
  }),
  hook: z
    .string({ error: 'must be the name of a function' })
    .regex(/^[A-Za-z_$][\w$]{0,63}$/u, { error: 'must be the name of a function' })
    .optional()
    .meta({
      description: 'A function that the module under hooks exports, called with the variables.',
      examples: ['signRequest'],
    }),
  sets: z
    .array(name({ description: 'A variable.', examples: ['signature'] }), {
      error: 'must be a list of names',
    })
    .optional()
    .meta({
      description: 'Of a hook: the variables that it sets, for later steps as ${NAME}.',
      examples: [['signature']],
    }),
});

const list = { error: 'must be a list of steps' };
const atLeastOne = { error: 'must have at least one step' };
const example = { step: 'home', target: 'site', http: { path: '/' } };

/** One entry of a flow. */
const entry: z.ZodType<EntryFile> = plainEntry
  .extend({
    get parallel(): z.ZodOptional<z.ZodType<EntryFile[][]>> {
      return z
        .array(z.array(entry, list).min(1, atLeastOne), { error: 'must be a list of branches' })
        .min(1, { error: 'must have at least one branch' })
        .max(100, { error: 'must have 100 branches at most' })
        .optional()
        .meta({
          description:
            'Branches, each a list of steps, that run at once; the flow goes on when all are over, and ends there if one of them failed.',
          examples: [[[example]]],
        });
    },
    get choose(): z.ZodOptional<z.ZodType<ChoiceFile[]>> {
      return z
        .array(
          z.strictObject({
            weight: wholeNumber(
              { min: 1, max: WEIGHT_MAX },
              {
                description: 'How often it is taken, in proportion to the weights of the others.',
                examples: [3],
              },
            ).default(1),
            do: z
              .array(entry, list)
              .min(1, atLeastOne)
              .meta({ description: 'The steps of this way.', examples: [[example]] }),
          }),
          { error: 'must be a list of ways' },
        )
        .min(1, { error: 'must have at least one way' })
        .max(100, { error: 'must have 100 ways at most' })
        .optional()
        .meta({
          description: 'Ways of which one is taken, drawn by the seed according to the weights.',
          examples: [[{ weight: 3, do: [example] }]],
        });
    },
    get repeat(): z.ZodOptional<z.ZodType<RepeatFile>> {
      return z
        .strictObject({
          times: times.meta({
            description: 'How many times: a number, or drawn evenly between min and max.',
            examples: [3, { min: 1, max: 5 }],
          }),
          do: z
            .array(entry, list)
            .min(1, atLeastOne)
            .meta({ description: 'The steps that are repeated.', examples: [[example]] }),
        })
        .optional()
        .meta({
          description: 'Steps that are repeated.',
          examples: [{ times: 3, do: [example] }],
        });
    },
  })
  .superRefine((file, context) => {
    const kinds = KINDS.filter((kind) => file[kind] !== undefined);
    const [kind] = kinds;
    const given = new Set(
      Object.entries(file).flatMap(([key, value]) => (value === undefined ? [] : key)),
    );
    const strays = STEP_KEYS.filter((key) => given.has(key));
    const missing = (key: string): void => {
      context.addIssue({ code: 'custom', message: 'is missing', path: [key] });
    };
    if (kinds.length === 0 && strays.length > 0) {
      missing('step');
    } else if (kinds.length !== 1) {
      const message = `must have exactly one of ${KINDS.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    } else if (kind === 'step') {
      context.issues.push(...stepIssues(file));
    } else if (strays.length > 0) {
      const message = `must have no ${strays.join(', ')}: only a step has`;
      context.addIssue({ code: 'custom', message });
    }
    if (file.sets !== undefined && file.hook === undefined) {
      context.addIssue({ code: 'custom', message: 'must have a hook where it has sets' });
    }
  })
  .meta({
    id: 'flowEntry',
    description:
      'One entry of a flow: a call (step), a pause (think), branches (parallel), a choice (choose), a loop (repeat) or a function (hook).',
    examples: [example],
    oneOf: [
      ...CALL_KEYS.map((key) => ({ required: ['step', key] })),
      ...KINDS.filter((kind) => kind !== 'step').map((kind) => ({ required: [kind] })),
    ],
  });

type Issue = z.core.$ZodRawIssue;

/** What is wrong with a step whose parts are each good by themselves. */
function stepIssues(file: z.output<typeof plainEntry>): Issue[] {
  const issue = (message: string, path: string[]): Issue => ({
    code: 'custom',
    message,
    path,
    input: file,
  });
  const [kind, ...others] = kindsOfStep(file);
  if (kind === undefined) return [issue('is missing', [PROTOCOL_KINDS[0].name])];
  if (others.length > 0) {
    const [first, second] = [kind, ...others].map(({ name: key }) => key);
    return [issue(`must have one of ${first} and ${second}, not both`, [])];
  }
  const { name: key, statuses } = kind;
  const own = Object.entries(file).find(([found]) => found === key)?.[1];
  const issues = (kind.check?.(own, file.timeout) ?? []).map((found) =>
    issue(found.message, [key, found.key]),
  );
  // What is a status of no protocol at all is a problem of its own.
  const given = [file.check?.status ?? []].flat();
  const isOther = !isAllOf(kind, given) && given.every((one) => isStatusOfAny(one));
  return isOther ? [issue(statuses.wanted, ['check', 'status']), ...issues] : issues;
}

function isAllOf({ statuses }: ProtocolKind, given: readonly unknown[]): boolean {
  return given.every((one) => statuses.schemas.some((schema) => schema.safeParse(one).success));
}

function isStatusOfAny(status: unknown): boolean {
  return PROTOCOL_KINDS.some((kind) => isAllOf(kind, [status]));
}

const entries = z.array(entry, list).min(1, atLeastOne);

/** What an arrival does, by name; at least one flow. */
export const flows = z
  .record(
    nameKey,
    entries.meta({
      description: 'The entries of one arrival, in their order; a step that fails ends the flow.',
      examples: [[example]],
    }),
  )
  .refine((map) => Object.keys(map).length > 0, { error: 'must hold at least one flow' })
  .meta({
    description: 'What one arrival does, by name: a list of steps.',
    examples: [{ browse: [example] }],
  });

/** What is done once, before the load. */
export const setup = entries.meta({
  description:
    'Steps that are made once, before the load; what they capture is known in all flows. They are in no result.',
  examples: [[{ step: 'log-in', target: 'site', http: { path: '/token' } }]],
});

/** What is done once, after the load. */
export const teardown = entries.meta({
  description:
    'Steps that are made once, after the load, whatever happened in it. They are in no result.',
  examples: [[{ step: 'clean-up', target: 'site', http: { method: 'DELETE', path: '/orders' } }]],
});

/** An entry of a flow as the file holds it. */
export interface EntryFile extends z.output<typeof plainEntry> {
  parallel?: EntryFile[][] | undefined;
  choose?: ChoiceFile[] | undefined;
  repeat?: RepeatFile | undefined;
}
interface ChoiceFile {
  weight: number;
  do: EntryFile[];
}
interface RepeatFile {
  times: z.output<typeof times>;
  do: EntryFile[];
}
