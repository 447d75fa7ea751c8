import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { postJson } from './http-call.ts';

/** What happened, as the other services are told. */
export interface OrderCreated {
  readonly orderId: string;
  readonly userId: string;
  readonly sku: string;
}

/** Who is told. */
export interface Subscriber {
  readonly baseUrl: string;
  readonly path: string;
}

/** Events on their way at once; one more is not sent and its span says so. */
const UNDER_WAY_MAX = 512;

const tracer = trace.getTracer('shop-events');

/**
 * Returns a function that tells all subscribers of an order, fire and forget: it returns at once,
 * and begins after the current request was answered. The PRODUCER span is part of the order's
 * trace, and the deliveries are its children.
 */
export function orderCreatedPublisher(
  subscribers: readonly Subscriber[],
): (event: OrderCreated) => void {
  let underWay = 0;
  const publish = async (event: OrderCreated): Promise<void> => {
    const span = tracer.startSpan('send order-created', {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'send',
        'messaging.destination.name': 'order-created',
        'messaging.message.id': event.orderId,
      },
    });
    if (underWay >= UNDER_WAY_MAX) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'too many events under way' });
      span.end();
      return;
    }
    underWay += 1;
    const results = await context.with(trace.setSpan(context.active(), span), () =>
      Promise.all(subscribers.map(({ baseUrl, path }) => postJson(baseUrl, path, event))),
    );
    underWay -= 1;
    if (results.some(({ status }) => status !== 202)) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'not delivered to all subscribers' });
    }
    span.end();
  };
  return (event) => {
    setImmediate(() => void publish(event));
  };
}
