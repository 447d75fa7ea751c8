import * as z from 'zod';
import { referencesIn } from '../references.ts';
import { holdsPassword, isSecretReference } from '../secret.ts';
import { viaUrlProblem } from '../via-url.ts';
import {
  duration,
  enumOf,
  flag,
  referenceText,
  text,
  wholeNumber,
  type Help,
} from './quantities.ts';

/** How a target is reached: `tls`, `dns`, `via`, `connection` of `targets.NAME`. */

/** How long an answer of the resolver is used where the file does not say. */
const DNS_TTL_DEFAULT = '30s';

const SECRET_HINT = 'The file is stored with every run: write a secret as ${env.NAME}.';
const PASSPHRASE_WANTED = 'must be one reference such as ${env.KEY_PASSPHRASE}, without a default';
const VIA_WANTED = 'must be the URL of an HTTP proxy';

export const tls = z
  .strictObject({
    ca: file({
      description:
        "PEM file of the authorities to trust, in place of the system's. Relative to the scenario file; may hold references.",
      examples: ['certs/ca.pem'],
    }),
    cert: file({
      description:
        'PEM file of the certificate to show where the target asks for one, its chain behind it. Relative to the scenario file; may hold references.',
      examples: ['certs/client.pem'],
    }),
    key: file({
      description:
        'PEM file of the private key of cert. Relative to the scenario file; may hold references.',
      examples: ['certs/client.key'],
    }),
    passphrase: z
      .string({ error: PASSPHRASE_WANTED })
      .refine(isSecretReference, { error: PASSPHRASE_WANTED, params: { hint: SECRET_HINT } })
      .meta({
        description:
          'What the key is encrypted with: one reference to the environment without a default, since the file is stored with every run.',
        examples: ['${env.KEY_PASSPHRASE}'],
        // The value is never shown.
        writeOnly: true,
      })
      .optional(),
    serverName: text('must be a name', {
      description:
        'The name to ask for and to find in the certificate, where it is not the host of the url.',
      examples: ['orders.internal'],
    }).optional(),
    verify: flag({
      description: 'false takes whatever certificate the target shows.',
      examples: [true],
    }).default(true),
    minVersion: enumOf(['TLSv1.2', 'TLSv1.3'], {
      description: 'The oldest version of TLS to speak.',
      examples: ['TLSv1.3'],
    }).default('TLSv1.2'),
  })
  .superRefine((value, context) => {
    const isPair = (value.cert === undefined) === (value.key === undefined);
    if (!isPair) {
      const message = 'must have both cert and key, or neither';
      context.addIssue({ code: 'custom', message });
    }
  })
  .meta({
    description: 'Whom https connections trust, and what they show of themselves.',
    examples: [{ ca: 'certs/ca.pem', cert: 'certs/client.pem', key: 'certs/client.key' }],
  })
  .optional();

export const dns = z
  .strictObject({
    ttl: duration(
      {
        description:
          "How long the addresses of a name are used before they are looked up anew; the system's resolver tells none of its own. 0s: for one connection.",
        examples: [DNS_TTL_DEFAULT],
      },
      { orZero: true },
    ).prefault(DNS_TTL_DEFAULT),
    addresses: enumOf(['all', 'first'], {
      description:
        'all: connections begin at each address in turn. first: in the order in which the resolver gives them. One that does not answer is passed over either way.',
      examples: ['all'],
    }).default('all'),
    family: z
      .literal(['any', 4, 6], { error: 'must be any, 4 or 6' })
      .meta({ description: 'Which kind of address to use.', examples: ['any'] })
      .default('any'),
  })
  .meta({
    description: 'How the name in the url becomes addresses.',
    examples: [{ ttl: '5s', addresses: 'all' }],
  })
  .prefault({});

export const via = z
  .string({ error: VIA_WANTED })
  .superRefine((value, context) => {
    const problem = viaProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', ...problem });
  })
  .meta({
    description:
      'An HTTP proxy to go through: CONNECT for https, whole URLs for http. May hold references; a password must be one to the environment, without a default. Proxies of the environment are not used.',
    examples: ['http://127.0.0.1:3128', '${env.OUTBOUND_PROXY}'],
    // It may hold a password, and is never shown.
    writeOnly: true,
  })
  .optional();

export const connection = z
  .strictObject({
    reuse: flag({
      description:
        'false opens a connection for every call, when it is due: the call waits for it, and the wait counts in its response time.',
      examples: [true],
    }).default(true),
    maxRequests: wholeNumber(
      { min: 1, max: 1_000_000_000 },
      {
        description: 'After so many calls a connection is closed. Left out, there is no bound.',
        examples: [1_000],
      },
    ).optional(),
    maxAge: duration({
      description:
        'After so long a connection is closed, once no call is on it. Left out, there is no bound.',
      examples: ['30s'],
    }).optional(),
    maxIdle: duration({
      description:
        'A connection without a call for so long is closed, and no call is sent on it. Give less than after what the target closes idle connections itself. Left out, there is no bound.',
      examples: ['4s'],
    }).optional(),
  })
  .meta({
    description: 'When connections are closed although they could be used again.',
    examples: [{ maxRequests: 1_000, maxAge: '30s', maxIdle: '4s' }],
  })
  .prefault({});

function file(help: Help) {
  return referenceText('must be the path of a file', help).optional();
}

/** Returns what is wrong with the url of a proxy, without a word of it; a password may be in it. */
function viaProblem(
  value: string,
): { readonly message: string; readonly params: { readonly hint: string } } | undefined {
  const { references, problems } = referencesIn(value);
  const [first] = problems;
  if (first) return { message: 'must hold no ${ but references', params: { hint: first.hint } };
  if (holdsPassword(value)) {
    return {
      message:
        'must not hold a password but as one reference such as ${env.PROXY_PASSWORD}, without a default',
      params: { hint: SECRET_HINT },
    };
  }
  const message = references.length === 0 ? viaUrlProblem(value) : undefined;
  return message === undefined
    ? undefined
    : { message, params: { hint: 'Write http://host:port.' } };
}
