import { postJson } from './http-call.ts';
import { problem, type Reply, type Routes } from './http-service.ts';
import { orderCreatedPublisher } from './order-created.ts';
import { WORK, worker } from './service-times.ts';

interface OrderRequest {
  readonly userId: string;
  readonly sku: string;
  readonly quantity: number;
}

/**
 * Takes orders: reserves stock, charges the card, answers, and only then tells notification and
 * shipping. An order whose reservation or payment fails is answered 502.
 */
export function ordersRoutes(): Routes {
  const acceptOrder = worker(WORK.acceptOrder, 'orders');
  const inventoryUrl = requiredUrl('INVENTORY_URL');
  const paymentUrl = requiredUrl('PAYMENT_URL');
  const publishOrderCreated = orderCreatedPublisher([
    { baseUrl: requiredUrl('NOTIFICATION_URL'), path: '/api/notifications' },
    { baseUrl: requiredUrl('SHIPPING_URL'), path: '/api/shipments' },
  ]);
  let orderNumber = 0;

  const createOrder = async (body: unknown): Promise<Reply> => {
    const order = orderRequest(body);
    if (!order) return problem(400, 'an order needs userId, sku and a quantity of at least 1');
    await acceptOrder();
    const orderId = `order-${process.pid}-${++orderNumber}`;
    const { sku, quantity, userId } = order;
    const reserved = await postJson(inventoryUrl, '/api/reservations', { orderId, sku, quantity });
    if (reserved.status !== 201) return problem(502, 'stock cannot be reserved now');
    const charged = await postJson(paymentUrl, '/api/charges', { orderId, userId });
    if (charged.status !== 201) return problem(502, 'payment cannot be taken now');
    publishOrderCreated({ orderId, userId, sku });
    return { status: 201, body: { id: orderId, status: 'created' } };
  };
  return { 'POST /api/orders': createOrder };
}

/** Returns the order of a request's body; undefined where it is none. One piece where not said. */
function orderRequest(body: unknown): OrderRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { userId, sku, quantity = 1 } = body as Partial<Record<keyof OrderRequest, unknown>>;
  if (typeof userId !== 'string' || typeof sku !== 'string') return undefined;
  if (typeof quantity !== 'number' || !(quantity >= 1)) return undefined;
  return { userId, sku, quantity };
}

function requiredUrl(variable: string): string {
  const url = process.env[variable];
  if (!url) throw new Error(`orders needs ${variable}, the address of a service`);
  return url;
}
