import protobuf from 'protobufjs';

/**
 * OTLP's trace messages as protobufjs knows them, for making bodies: an encoder that shares nothing
 * with the decoder under test but the specification.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: field(1, 'ResourceSpans', 'repeated') } },
    ResourceSpans: {
      fields: {
        resource: field(1, 'Resource'),
        scopeSpans: field(2, 'ScopeSpans', 'repeated'),
        schemaUrl: field(3, 'string'),
      },
    },
    Resource: {
      fields: {
        attributes: field(1, 'KeyValue', 'repeated'),
        droppedAttributesCount: field(2, 'uint32'),
      },
    },
    ScopeSpans: {
      fields: {
        scope: field(1, 'Scope'),
        spans: field(2, 'Span', 'repeated'),
        schemaUrl: field(3, 'string'),
      },
    },
    Scope: {
      fields: {
        name: field(1, 'string'),
        version: field(2, 'string'),
        attributes: field(3, 'KeyValue', 'repeated'),
      },
    },
    Span: {
      fields: {
        traceId: field(1, 'bytes'),
        spanId: field(2, 'bytes'),
        traceState: field(3, 'string'),
        parentSpanId: field(4, 'bytes'),
        name: field(5, 'string'),
        kind: field(6, 'int32'),
        startTimeUnixNano: field(7, 'fixed64'),
        endTimeUnixNano: field(8, 'fixed64'),
        attributes: field(9, 'KeyValue', 'repeated'),
        droppedAttributesCount: field(10, 'uint32'),
        events: field(11, 'Event', 'repeated'),
        links: field(13, 'Link', 'repeated'),
        status: field(15, 'Status'),
        flags: field(16, 'fixed32'),
      },
    },
    Event: {
      fields: {
        timeUnixNano: field(1, 'fixed64'),
        name: field(2, 'string'),
        attributes: field(3, 'KeyValue', 'repeated'),
        droppedAttributesCount: field(4, 'uint32'),
      },
    },
    Link: {
      fields: {
        traceId: field(1, 'bytes'),
        spanId: field(2, 'bytes'),
        traceState: field(3, 'string'),
        attributes: field(4, 'KeyValue', 'repeated'),
        flags: field(6, 'fixed32'),
      },
    },
    Status: { fields: { message: field(2, 'string'), code: field(3, 'int32') } },
    KeyValue: { fields: { key: field(1, 'string'), value: field(2, 'AnyValue') } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            'stringValue',
            'boolValue',
            'intValue',
            'doubleValue',
            'arrayValue',
            'kvlistValue',
            'bytesValue',
          ],
        },
      },
      fields: {
        stringValue: field(1, 'string'),
        boolValue: field(2, 'bool'),
        intValue: field(3, 'int64'),
        doubleValue: field(4, 'double'),
        arrayValue: field(5, 'ArrayValue'),
        kvlistValue: field(6, 'KeyValueList'),
        bytesValue: field(7, 'bytes'),
      },
    },
    ArrayValue: { fields: { values: field(1, 'AnyValue', 'repeated') } },
    KeyValueList: { fields: { values: field(1, 'KeyValue', 'repeated') } },
    Response: { fields: { partialSuccess: field(1, 'PartialSuccess') } },
    PartialSuccess: {
      fields: { rejectedSpans: field(1, 'int64'), errorMessage: field(2, 'string') },
    },
    RpcStatus: { fields: { code: field(1, 'int32'), message: field(2, 'string') } },
  },
});

/** OTLP's JSON form of an export request, as tests write it. */
export interface JsonRequest {
  readonly resourceSpans?: readonly unknown[];
  readonly [field: string]: unknown;
}

export function jsonBody(request: JsonRequest): Buffer {
  return Buffer.from(JSON.stringify(request));
}

/** Returns the same request in protobuf. */
export function protobufBody(request: JsonRequest): Buffer {
  const type = root.lookupType('Request');
  return Buffer.from(type.encode(type.fromObject(withBase64Ids(request) as object)).finish());
}

/** Returns what a body in protobuf holds, ids as bytes; what is not there is left out. */
export function parseRequest(body: Uint8Array): object {
  const message = root.lookupType('Request');
  return message.toObject(message.decode(body), { longs: String });
}

export function parseAnswer(type: 'Response' | 'RpcStatus', body: Uint8Array): object {
  const message = root.lookupType(type);
  return message.toObject(message.decode(body), { longs: Number });
}

function field(id: number, type: string, rule?: 'repeated'): protobuf.IField {
  return rule === undefined ? { id, type } : { id, type, rule };
}

/** Ids are hex in OTLP's JSON, and base64, as all bytes, in protobuf's own. */
function withBase64Ids(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBase64Ids);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const id = /^(?:traceId|spanId|parentSpanId)$/u.test(key) && typeof item === 'string';
      return [key, id ? Buffer.from(item, 'hex').toString('base64') : withBase64Ids(item)];
    }),
  );
}
