import * as z from 'zod';
import { parseAddress } from '../address.ts';
import { hasReference } from '../references.ts';
import { targetUrlFault } from '../target-url.ts';
import { connection, dns, tls, via } from './reach.ts';
import { grpcTarget } from './grpc.ts';
import { duration, flag, nameKey, referenceText, text, wholeNumber, word } from './quantities.ts';

/** The parts of the file that say what runs and where: `services`, `targets`, `proxies`. */

/** Most connections of a target that does not say, unless a phase has more users. */
export const CONNECTIONS_DEFAULT = 64;
/** The same of one that speaks HTTP/2, where a connection takes many calls at once. */
export const HTTP2_CONNECTIONS_DEFAULT = 4;
export const STREAMS_DEFAULT = 100;

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
    ready: text('must be a path', {
      description: 'The service is ready when a GET of this path answers 2xx.',
      examples: ['/healthz'],
    })
      .regex(/^\//u, { error: 'must be a path that begins with /' })
      .default('/healthz'),
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

const target = z
  .strictObject({
    url: referenceText('must be a URL such as http://127.0.0.1:8080', {
      description:
        "http:// or https://, host and port; a path in it is put before every step's path. May hold references.",
      examples: ['http://127.0.0.1:8080', '${services.orders.url}'],
    }).superRefine((value, context) => {
      const fault = hasReference(value) ? undefined : targetUrlFault(value);
      if (fault) context.addIssue({ code: 'custom', message: fault });
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
      .enum(['http1', 'http2', 'grpc'], { error: 'must be http1, http2 or grpc' })
      .optional()
      .meta({
        description:
          'http2 sends many calls at once over each connection: to an https:// url it is asked for in the handshake, to an http:// url it is spoken from the first byte. grpc is spoken over the same; it need not be written where a step has grpc.',
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
    grpc: grpcTarget,
    tls,
    dns,
    via,
    connection,
  })
  .superRefine((value, context) => {
    if (value.streams !== undefined && (value.protocol ?? 'http1') === 'http1' && !value.grpc) {
      const message = 'must have protocol: http2 or grpc beside streams';
      context.addIssue({ code: 'custom', message });
    }
    if (value.grpc !== undefined && (value.protocol ?? 'grpc') !== 'grpc') {
      const message = 'must have protocol: grpc beside grpc';
      context.addIssue({ code: 'custom', message });
    }
    if (value.tls !== undefined && value.url.startsWith('http://')) {
      const message = 'must have an https:// url beside tls';
      context.addIssue({ code: 'custom', message });
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
    protocol: word(['tcp', 'http'], {
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
