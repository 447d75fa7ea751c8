import * as z from 'zod';
import { duration, enumOf, name, text, wholeNumber } from './quantities.ts';
import { toxic } from './toxic.ts';

/** The part of the file that says what goes wrong, where and when: `faults`. */

/** When a fault is active. */
export const during = z
  .strictObject({
    phase: text('must be the name of a phase', {
      description: 'The phase in which the fault is active.',
      examples: ['steady'],
    }),
    from: duration(
      {
        description: 'When the fault begins, counted from the start of the phase.',
        examples: ['10s'],
      },
      { orZero: true },
    ).prefault('0s'),
    for: duration({
      description: 'How long the fault lasts; it must end within its phase.',
      examples: ['5s'],
    }),
    every: duration({
      description:
        'From one beginning to the next: the fault comes again for as often as all of it fits into the phase.',
      examples: ['20s'],
    }).optional(),
  })
  .refine((value) => value.every === undefined || value.every > value.for, {
    error: 'must be more than for',
    path: ['every'],
  })
  .meta({
    description:
      'When the fault is active. Without it a toxic is on for the whole run, as a condition under which all of it is measured.',
    examples: [{ phase: 'steady', from: '10s', for: '5s' }],
  });

const SIGNALS = ['KILL', 'TERM', 'INT', 'HUP', 'QUIT'] as const;
const SIGNALS_IN_FULL = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

const DESCRIPTION =
  'One thing that goes wrong for a while: a toxic in a proxy, or something done to a process.';
const IN_PROXY = {
  name: 'payment-stall',
  proxy: 'payment',
  toxic: { type: 'latency', latency: '250ms' },
  during: { phase: 'steady', from: '10s', for: '5s' },
};
const OF_PROCESS = {
  name: 'payment-freeze',
  service: 'payment',
  do: 'pause',
  during: { phase: 'steady', from: '20s', for: '2s' },
};
const EXAMPLES = [IN_PROXY, OF_PROCESS];

const fault = z
  .strictObject({
    name: name({
      description: "The fault's name in results and on spans; unique in the file.",
      examples: ['payment-stall'],
    }),
    proxy: text('must be the name of a proxy', {
      description: 'The proxy in which a toxic works.',
      examples: ['payment'],
    }).optional(),
    toxic: toxic.optional(),
    service: text('must be the name of a service', {
      description: 'In place of a proxy: the service of this file to which something is done.',
      examples: ['payment'],
    }).optional(),
    pid: wholeNumber(
      { min: 2, max: 2 ** 31 - 1 },
      {
        description:
          'In place of a proxy: the id of a process of this machine and user to which something is done.',
        examples: [4711],
      },
    ).optional(),
    do: enumOf(['pause', 'kill'], {
      description:
        'Of a service or pid. pause stops it (SIGSTOP) and lets it go on at the end (SIGCONT); kill ends it, and at the end a service is started again on its port.',
      examples: ['pause'],
    }).optional(),
    signal: z
      .enum([...SIGNALS, ...SIGNALS_IN_FULL], { error: 'must be KILL, TERM, INT, HUP or QUIT' })
      .transform((signal) => SIGNALS.find((short) => signal.endsWith(short)) ?? 'KILL')
      .optional()
      .meta({ description: 'Of kill: the signal.', examples: ['TERM'], default: 'KILL' }),
    during: during.optional(),
  })
  .superRefine((value, context) => {
    const isOfProcess = value.proxy === undefined && value.toxic === undefined;
    const example = JSON.stringify(isOfProcess ? OF_PROCESS : IN_PROXY);
    const params = { hint: `${DESCRIPTION} For example: ${example}` };
    const say = (message: string): void =>
      context.addIssue({ code: 'custom', message, path: [], params });
    const lack = (key: string): void =>
      context.addIssue({ code: 'custom', message: 'is missing', path: [key] });
    const places = [value.proxy, value.service, value.pid].filter((place) => place !== undefined);
    if (places.length !== 1) {
      say('must have one of proxy, service and pid');
      return;
    }
    if (value.proxy !== undefined) {
      if (value.toxic === undefined) lack('toxic');
      if (value.do ?? value.signal) say('must have service or pid beside do');
      return;
    }
    if (value.toxic !== undefined) say('must have proxy beside toxic');
    if (value.do === undefined) lack('do');
    if (value.signal !== undefined && value.do === 'pause') say('must have do: kill beside signal');
    if (value.during === undefined) lack('during');
  })
  .meta({
    description: DESCRIPTION,
    examples: EXAMPLES,
  });

/** A valid fault of the file. */
export type FaultFile = z.output<typeof fault>;

/** What goes wrong during the run. */
export const faults = z.array(fault, { error: 'must be a list of faults' }).meta({
  description: 'What goes wrong during the run, in which proxy or to which process, and when.',
  examples: [EXAMPLES],
});
