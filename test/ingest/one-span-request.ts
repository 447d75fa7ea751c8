import type { JsonRequest } from './otlp-messages.ts';

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';

/** Returns an export request of one span, with what the test says of it. */
export function request(
  span: object,
  resource: object = {},
): JsonRequest & { readonly resourceSpans: readonly unknown[] } {
  return {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            scope: { name: 'http', version: '1.2.3' },
            spans: [{ traceId: TRACE_ID, spanId: SPAN_ID, name: 'GET /', ...span }],
          },
        ],
      },
    ],
  };
}

export function attribute(key: string, value: object): object {
  return { key, value };
}
