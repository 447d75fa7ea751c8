import * as z from 'zod';
import { duration, flag, text, wholeNumber } from './quantities.ts';
import { callText, isJson, jsonTexts } from './request.ts';

/** The parts of the file that speak of gRPC: `grpc` of a target and `grpc` of a step. */

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
  'traceparent',
  'transfer-encoding',
]);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/u;

const protoFile = text('must be the path of a .proto file', {
  description: "A .proto file, relative to the scenario file's folder.",
  examples: ['protos/orders.proto'],
});

/** Where the schema of a target comes from. */
export const grpcTarget = z
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
    const fault = (message: string): void => {
      context.addIssue({ code: 'custom', message });
    };
    if (file.proto !== undefined && file.reflection === true) {
      fault('must have one of proto and reflection, not both');
    }
    if (file.proto === undefined && file.reflection === false) {
      fault('must have proto where it has reflection: false');
    }
    if (file.proto === undefined && file.importPaths !== undefined) {
      fault('must have proto beside importPaths');
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
    description: 'Metadata sent with every call, beside traceparent, which callgauge sends itself.',
    examples: [{ authorization: 'Bearer ${env.TOKEN}' }],
  });

const message = z
  .unknown()
  .refine(isJson, { error: 'must be JSON, without .nan and .inf' })
  .superRefine(jsonTexts);

/** The gRPC call of a step. */
export const grpc = z
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

/** What `grpc` of a step can hold. */
export type GrpcFile = z.output<typeof grpc>;
/** What `grpc` of a target can hold. */
export type GrpcTargetFile = z.output<typeof grpcTarget>;
