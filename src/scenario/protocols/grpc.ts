import { posix } from 'node:path';
import * as z from 'zod';
import { GRPC_STATUSES, type Ns, protobufJson } from '../../core/index.ts';
import { callText, isJson, jsonTexts } from '../file/call-texts.ts';
import { duration, flag, text, wholeNumber } from '../file/quantities.ts';
import { requestFrom, type RequestSpec } from '../request-spec.ts';
import { jsonTemplate, readTemplate } from '../template.ts';
import { protocolKind, TIMEOUT_DEFAULT_NS } from './protocol-kind.ts';

/**
 * A call of gRPC: its metadata are the headers of the request, its messages the JSON in the body.
 */
export interface GrpcCallSpec {
  readonly protocol: 'grpc';
  /** With its package. */
  readonly service: string;
  readonly method: string;
  readonly request: RequestSpec;
  /** The message, or the list of them, as the file has it: for checks before the run. */
  readonly written: unknown;
  /** Whether the body is a list of messages; else it is one. */
  readonly isList: boolean;
  /** How often all of it is sent. */
  readonly repeat: number;
  /** From one message to the next; 0 for as fast as they are taken. */
  readonly everyNs: Ns;
  /** Whether a message's time is counted from the one that it answers. */
  readonly pairs: boolean;
  /**
   * Messages after which we end the call as ok, and the time after which we do; Infinity for never.
   */
  readonly take: number;
  readonly forNs: Ns;
  /** Sent to the server; absent for none. */
  readonly deadlineNs?: Ns;
  /** How messages that are sent are compressed; absent for not. */
  readonly compression?: GrpcCompression;
}

export type GrpcCompression = (typeof COMPRESSIONS)[number];

/** Where the schema of a gRPC target comes from. */
export type GrpcTargetSpec = GrpcReflectionSpec | GrpcProtoSpec;

export interface GrpcReflectionSpec {
  readonly reflection: true;
}

/** Paths are absolute, or relative to the scenario file's folder. */
export interface GrpcProtoSpec {
  readonly reflection: false;
  readonly proto: readonly string[];
  /** What imports are relative to, in the order of the search. */
  readonly importPaths: readonly string[];
}

const COMPRESSIONS = ['gzip', 'deflate'] as const;
const MESSAGES_MAX = 1_000_000;
const METHOD = /^\/?[A-Za-z_][\w.]*[/.][A-Za-z_]\w*$/u;
const METHOD_WANTED = 'must be a method with its service, such as shop.Orders/Create';
/** What metadata may be called; names go in lower case on the wire. */
const METADATA_NAME = /^[0-9a-z_.-]+$/u;
const OWN_METADATA: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'te',
  'transfer-encoding',
]);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/u;

const protoFile = text('must be the path of a .proto file', {
  description: "A .proto file, relative to the scenario file's folder.",
  examples: ['protos/orders.proto'],
});

const targetSettings = z
  .strictObject({
    proto: z
      .array(protoFile, { error: 'must be a list of .proto files' })
      .min(1, { error: 'must name at least one .proto file' })
      .optional()
      .meta({
        description:
          "The .proto files that define what is called, relative to the scenario file's folder. What they import is read too.",
        examples: [['protos/orders.proto']],
      }),
    importPaths: z
      .array(text('must be a folder', { description: 'A folder.', examples: ['protos'] }), {
        error: 'must be a list of folders',
      })
      .optional()
      .meta({
        description:
          "Folders that imports are relative to, in the order in which they are searched; relative to the scenario file's folder. Without it: that of each .proto file, then that of the scenario.",
        examples: [['protos']],
      }),
    reflection: flag({
      description: 'Whether the target is asked for its schema before the run.',
      examples: [true],
    })
      .optional()
      .meta({ default: true }),
  })
  .superRefine((file, context) => {
    const problem = (message: string): void => {
      context.addIssue({ code: 'custom', message });
    };
    if (file.proto !== undefined && file.reflection === true) {
      problem('must have one of proto and reflection, not both');
    }
    if (file.proto === undefined && file.reflection === false) {
      problem('must have proto where it has reflection: false');
    }
    if (file.proto === undefined && file.importPaths !== undefined) {
      problem('must have proto beside importPaths');
    }
  })
  .optional()
  .meta({
    description:
      'Of a target that speaks gRPC: where its schema comes from. Without it the target is asked, by server reflection.',
    examples: [{ proto: ['protos/orders.proto'] }, { reflection: true }],
  });

const metadata = z
  .record(
    z
      .string()
      .regex(METADATA_NAME, 'must be a metadata name: lower-case letters, digits, - _ and .')
      .refine((name) => !OWN_METADATA.has(name) && !name.startsWith('grpc-'), {
        error: 'must not be set here: callgauge or gRPC itself sends it',
      }),
    callText('must be a text', 'header', {
      description: 'The value; of a name that ends in -bin, base64. May hold references.',
      examples: ['Bearer ${env.TOKEN}'],
    }).regex(/^[\u0020-\u007e]*$/u, { error: 'must be one line of ASCII' }),
    { error: 'must be a map of metadata' },
  )
  .superRefine((map, context) => {
    for (const [name, value] of Object.entries(map)) {
      if (!name.endsWith('-bin') || value.includes('${') || BASE64.test(value)) continue;
      const message = 'must be base64, the name ending in -bin';
      context.addIssue({ code: 'custom', message, path: [name] });
    }
  })
  .meta({
    description:
      'Metadata sent with every call, beside that of the trace context, which callgauge sends itself.',
    examples: [{ authorization: 'Bearer ${env.TOKEN}' }],
  });

const message = z
  .unknown()
  .refine(isJson, { error: 'must be JSON, without .nan and .inf' })
  .superRefine(jsonTexts);

const call = z
  .strictObject({
    method: text(METHOD_WANTED, {
      description: 'The method, with package and service.',
      examples: ['shop.Orders/Create'],
    }).regex(METHOD, { error: METHOD_WANTED }),
    message: message.optional().meta({
      description:
        "The message, by the JSON mapping of protobuf. Its texts may hold references; one that is a reference alone keeps the type of its value. At most one of message and messages; without both it has only its fields' defaults.",
      examples: [{ sku: 'A-1', user: '${users.id}' }],
    }),
    messages: z
      .array(message, { error: 'must be a list of messages' })
      .max(10_000, { error: 'must have 10000 messages at most; repeat one for more' })
      .optional()
      .meta({
        description: 'Of a method to which the client streams: the messages, in their order.',
        examples: [[{ part: 1 }, { part: 2 }]],
      }),
    repeat: wholeNumber(
      { min: 1, max: MESSAGES_MAX },
      {
        description: 'Of a method to which the client streams: how often all of it is sent.',
        examples: [100],
      },
    ).optional(),
    every: duration({
      description:
        'Of a method to which the client streams: the time from one message to the next. Without it they are sent as fast as they are taken.',
      examples: ['10ms'],
    }).optional(),
    answers: z
      .enum(['gap', 'each'], { error: 'must be gap or each' })
      .optional()
      .meta({
        description:
          'Of a method where both sides stream: what the time of a message is. gap: since the message before it. each: since the message that it answers was sent, the first since the first, and so on; without every, a message is sent when the one before it was answered.',
        examples: ['each'],
        default: 'gap',
      }),
    take: wholeNumber(
      { min: 1, max: MESSAGES_MAX },
      {
        description:
          'Of a method whose server streams: after so many messages the call is ended by callgauge, as ok.',
        examples: [100],
      },
    ).optional(),
    for: duration({
      description:
        'Of a method whose server streams: after so long the call is ended by callgauge, as ok.',
      examples: ['30s'],
    }).optional(),
    metadata: metadata.default({}),
    compression: z
      .enum(COMPRESSIONS, { error: 'must be gzip or deflate' })
      .optional()
      .meta({
        description:
          'How the messages that are sent are compressed (grpc-encoding). Without it they are not. Answers may be compressed either way.',
        examples: ['gzip'],
      }),
    deadline: duration({
      description:
        'Sent to the server as the deadline of the call (grpc-timeout), and the bound of the call if timeout is not shorter. Without it no deadline is sent.',
      examples: ['500ms'],
    }).optional(),
  })
  .superRefine((file, context) => {
    if (file.message !== undefined && file.messages !== undefined) {
      context.addIssue({
        code: 'custom',
        message: 'must have one of message and messages, not both',
      });
    }
  })
  .meta({
    description: 'The gRPC call of the step.',
    examples: [{ method: 'shop.Orders/Create', message: { sku: 'A-1' } }],
  });

export const grpc = protocolKind({
  name: 'grpc',
  title: 'gRPC',
  schemes: ['http', 'https', 'unix'],
  versions: {
    grpc: {
      isMultiplexed: true,
      description: 'grpc is spoken over the same; it need not be written where a step has grpc.',
    },
  },
  step: call,
  parts: { path: [], headers: ['metadata'], body: ['messages', 'message'] },
  call: (file): GrpcCallSpec => {
    const [service, method] = methodParts(file.method);
    const written = file.messages ?? file.message ?? {};
    return {
      protocol: 'grpc',
      service,
      method,
      request: requestFrom({
        path: [],
        headers: Object.entries(file.metadata).map(([name, value]) => {
          return [name, readTemplate(value, 'header').template] as const;
        }),
        body: jsonTemplate(written),
      }),
      written: protobufJson(written),
      isList: file.messages !== undefined,
      repeat: file.repeat ?? 1,
      everyNs: file.every ?? 0,
      pairs: file.answers === 'each',
      take: file.take ?? Infinity,
      forNs: file.for ?? Infinity,
      ...(file.deadline !== undefined && { deadlineNs: file.deadline }),
      ...(file.compression !== undefined && { compression: file.compression }),
    };
  },
  timeoutNs: (file, timeoutNs) => {
    // What is to last longer than the default, does.
    const boundNs = timeoutNs ?? file.deadline ?? TIMEOUT_DEFAULT_NS + (file.for ?? 0);
    return Math.min(boundNs, file.deadline ?? Infinity);
  },
  check: (file, timeoutNs) => {
    const boundNs = Math.min(timeoutNs ?? Infinity, file.deadline ?? Infinity);
    if (file.for === undefined || file.for < boundNs) return [];
    return [{ key: 'for', message: 'must be shorter than timeout and deadline' }];
  },
  target: {
    file: targetSettings,
    spec: (file): { readonly grpc: GrpcTargetSpec } => {
      const { proto, importPaths } = file ?? {};
      if (proto === undefined) return { grpc: { reflection: true } };
      const folders = importPaths ?? defaultPaths(proto);
      return { grpc: { reflection: false, proto, importPaths: folders } };
    },
  },
  statuses: {
    schemas: [z.enum(GRPC_STATUSES)],
    wanted: 'must be statuses of gRPC such as OK or [OK, NOT_FOUND]',
    ok: [{ from: 0, to: 0 }],
    rangeOf: (written) => {
      const code = GRPC_STATUSES.findIndex((name) => name === written);
      return { from: code, to: code };
    },
    names: GRPC_STATUSES,
  },
  policy: {
    retryStatuses: [GRPC_STATUSES.indexOf('UNAVAILABLE')],
    methodOf: () => 'gRPC',
    isIdempotent: () => false,
    answersJson: true,
    hasPaths: false,
  },
  spans: {
    statusAttribute: 'rpc.grpc.status_code',
    attributes: ({ service, method }) => ({
      'rpc.system': 'grpc',
      'rpc.service': service,
      'rpc.method': method,
    }),
  },
});

/** `shop.Orders/Create`, `/shop.Orders/Create` and `shop.Orders.Create` are the same. */
function methodParts(written: string): readonly [service: string, method: string] {
  const [, service = '', method = ''] = /^\/?(.+)[/.]([^/.]+)$/u.exec(written) ?? [];
  return [service, method];
}

function defaultPaths(proto: readonly string[]): readonly string[] {
  const folders = proto.map((path) => posix.dirname(path));
  return [...new Set([...folders, '.'])];
}
