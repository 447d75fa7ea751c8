import * as z from 'zod';
import { isUnixUrl } from '../../core/index.ts';
import { parseAddress } from '../address.ts';
import { patternProblem } from '../../pattern/index.ts';
import { hasReference } from '../references.ts';
import { connection, dns, tls, via } from './connection.ts';
import { balance, endpointIssues, endpoints, health, targetUrl } from './endpoints.ts';
import { policyUse } from './policy.ts';
import {
  PROTOCOL_KINDS,
  targetSchemas,
  VERSIONS,
  type TargetProtocol,
} from '../protocols/index.ts';
import { propagate } from './propagate.ts';
import { duration, enumOf, flag, nameKey, referenceText, text, wholeNumber } from './quantities.ts';

/** The parts of the file that say what runs and where: `services`, `targets`, `proxies`. */

/** Most connections of a target that does not say, unless a phase has more users. */
export const CONNECTIONS_DEFAULT = 64;
/** The same of one that speaks HTTP/2, where a connection takes many calls at once. */
export const HTTP2_CONNECTIONS_DEFAULT = 4;
export const STREAMS_DEFAULT = 100;

const READY_WANTED =
  'must be a path such as /healthz, or tcp, grpc, { grpc: SERVICE } or { log: PATTERN }';

const ready = z
  .union(
    [
      z.string().regex(/^\//u, { error: READY_WANTED }),
      z.enum(['tcp', 'grpc']),
      z.strictObject({
        grpc: text('must be the name of a service', {
          description: 'The service that the health service is asked for.',
          examples: ['shop.v1.Orders'],
        }),
      }),
      z.strictObject({
        log: text('must be a regular expression', {
          description: 'Fits the line that the service writes when it is ready.',
          examples: ['listening on \\d+'],
        }).superRefine((pattern, context) => {
          const problem = patternProblem(pattern);
          if (problem === undefined) return;
          const { message, hint, character } = problem;
          context.addIssue({ code: 'custom', message, params: { hint, character } });
        }),
      }),
    ],
    { error: READY_WANTED },
  )
  .meta({
    description:
      'The service is ready when a GET of this path answers 2xx; tcp: when it takes a connection; grpc: when grpc.health.v1.Health/Check answers SERVING, of the server or of one service; log: when it writes a line that fits.',
    examples: ['/healthz', 'tcp', { log: 'listening on \\d+' }],
  })
  .default('/healthz');

const service = z
  .strictObject({
    command: z
      .array(
        referenceText('must be a text', {
          description: 'The program, or one of its arguments. May hold references.',
          examples: ['node'],
        }),
        { error: 'must be a list: the program, then its arguments' },
      )
      .min(1, { error: 'must name a program' })
      .meta({
        description:
          'The program and its arguments; no shell reads them. A relative program path is relative to cwd.',
        examples: [['node', 'server.ts']],
      }),
    cwd: text('must be a folder', {
      description: "The working directory, relative to the scenario file's folder.",
      examples: ['..'],
    }).default('.'),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, 'must be a name: letters, digits and _'),
        referenceText(
          'must be a text',
          {
            description: 'The value of the variable. May hold references.',
            examples: ['${services.inventory.url}'],
          },
          { orEmpty: true },
        ),
        { error: 'must be a map of variables' },
      )
      .meta({
        description:
          "Environment variables beside callgauge's own; PORT, OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_ENDPOINT are set for every service.",
        examples: [{ INVENTORY_URL: '${services.inventory.url}' }],
      })
      .default({}),
    ready,
    readyWithin: duration({
      description: 'How long the service may take to become ready before the run is given up.',
      examples: ['10s'],
    }).prefault('10s'),
  })
  .meta({
    description:
      'A process that callgauge starts before the run, on a free port that it is given in PORT, and stops after it.',
    examples: [{ command: ['node', 'server.ts'], ready: '/healthz' }],
  });

const PROTOCOLS = [...VERSIONS.keys()];
const PROTOCOLS_LISTED = `${PROTOCOLS.slice(0, -1).join(', ')} or ${PROTOCOLS.at(-1)}`;

const target = z
  .strictObject({
    url: targetUrl({
      description:
        "http:// or https://, host and port; or unix: and the path of a socket. A path behind it is put before every step's path. May hold references.",
      examples: ['http://127.0.0.1:8080', '${services.orders.url}', 'unix:/run/orders.sock'],
    }),
    endpoints,
    balance,
    health,
    policy: policyUse({
      description:
        'What is done about calls of this target that are slow or fail: the name of a policy, none, or a policy itself. A step may say otherwise.',
      examples: ['careful', { breaker: { failures: '50%' } }],
    }),
    connections: wholeNumber(
      { min: 1, max: 10_000 },
      {
        description:
          'Most connections open at once. Without it 64, or as many as the users of a phase that calls this target; with http2 and grpc 4, or as many as take those users.',
        examples: [64],
      },
    )
      .optional()
      .meta({ default: CONNECTIONS_DEFAULT }),
    connectTimeout: duration({
      description: 'How long opening a connection may take before it counts as failed.',
      examples: ['3s'],
    }).prefault('3s'),
    protocol: z
      .enum(PROTOCOLS as [TargetProtocol], { error: `must be ${PROTOCOLS_LISTED}` })
      .optional()
      .meta({
        description: [...VERSIONS.values()]
          .flatMap(({ description }) => description || [])
          .join(' '),
        examples: ['http2', 'grpc'],
        default: 'http1',
      }),
    streams: wholeNumber(
      { min: 1, max: 10_000 },
      {
        description:
          'Of http2 and grpc: most calls at once on one connection; fewer where the target says so.',
        examples: [100],
      },
    )
      .optional()
      .meta({ default: STREAMS_DEFAULT }),
    propagate: propagate({
      description:
        'The formats in which the trace context is sent with every call of this target. Without it those of trace.propagate.',
      examples: [['b3'], ['w3c', 'datadog']],
    }).optional(),
    ...targetSchemas,
    tls,
    dns,
    via,
    connection,
  })
  .superRefine((value, context) => {
    for (const { name, versions } of PROTOCOL_KINDS) {
      const isSaid = Object.entries(value).some(([key, said]) => key === name && said);
      const isSpoken = value.protocol === undefined || Object.hasOwn(versions, value.protocol);
      if (!isSaid || isSpoken) continue;
      const message = `must have protocol: ${Object.keys(versions).join(' or ')} beside ${name}`;
      context.addIssue({ code: 'custom', message });
    }
    const urls = [value.url, ...(value.endpoints ?? [])];
    if (value.tls !== undefined && urls.some((url) => /^(?:http:\/\/|unix:)/u.test(url))) {
      const message = 'must have an https:// url beside tls';
      context.addIssue({ code: 'custom', message });
    }
    if (value.via !== undefined && urls.some(isUnixUrl)) {
      const message =
        'must have no via beside a unix: url: no proxy goes to a socket of this machine';
      context.addIssue({ code: 'custom', message });
    }
    for (const { message, hint, path } of endpointIssues(value)) {
      context.addIssue({ code: 'custom', message, params: { hint }, path: [...path] });
    }
  })
  .meta({
    description: 'Something that is called and measured.',
    examples: [{ url: 'http://127.0.0.1:8080' }],
  });

const proxy = z
  .strictObject({
    listen: text('must be host:port', {
      description: 'Where the proxy listens; port 0 takes a free one.',
      examples: ['127.0.0.1:0', '127.0.0.1:7203'],
    })
      .refine((value) => parseAddress(value) !== undefined, {
        error: 'must be host:port, such as 127.0.0.1:0',
      })
      .default('127.0.0.1:0'),
    upstream: referenceText('must be host:port', {
      description: 'Where the proxy passes connections on to. May hold references.',
      examples: ['127.0.0.1:7103', '${services.payment.address}'],
    }).superRefine((value, context) => {
      if (!hasReference(value) && !parseAddress(value)?.port) {
        const message = 'must be host:port, such as 127.0.0.1:7103';
        context.addIssue({ code: 'custom', message });
      }
    }),
    protocol: enumOf(['tcp', 'http'], {
      description:
        'tcp passes bytes, whatever they mean. http reads requests, HTTP/1.1 and HTTP/2 without TLS, so that toxics can work on some of them.',
      examples: ['http'],
    }).default('tcp'),
    callerFaults: flag({
      description:
        "Whether a request's own headers may ask for a fault (x-envoy-fault-*); needs protocol: http.",
      examples: [true],
    }).default(false),
  })
  .refine((value) => !value.callerFaults || value.protocol === 'http', {
    error: 'must be false unless protocol is http',
    path: ['callerFaults'],
    params: { hint: 'Add protocol: http to this proxy; its traffic must be HTTP without TLS.' },
  })
  .meta({
    description: 'A proxy that callgauge puts into the path of one edge, for faults.',
    examples: [{ upstream: '${services.payment.address}' }],
  });

/** Processes to start, by name. */
export const services = z.record(nameKey, service).meta({
  description: 'Processes that callgauge starts for the run and stops after it, by name.',
  examples: [{ orders: { command: ['node', 'orders.ts'] } }],
});

/** What is called, by name; at least one. */
export const targets = z
  .record(nameKey, target)
  .refine((map) => Object.keys(map).length > 0, { error: 'must hold at least one target' })
  .meta({
    description: 'What is called and measured, by name.',
    examples: [{ orders: { url: 'http://127.0.0.1:8080' } }],
  });

/** Proxies to put into the path, by name. */
export const proxies = z.record(nameKey, proxy).meta({
  description: 'Proxies that callgauge puts into the path of an edge so that faults can act there.',
  examples: [{ payment: { upstream: '${services.payment.address}' } }],
});
