/** What a service of the shop does when it is asked, and whom it asks in turn. */
export interface Operation {
  readonly service: string;
  /** The name of its span: a route, a method of gRPC, or `process TOPIC`. */
  readonly name: string;
  readonly protocol: 'http' | 'grpc' | 'message';
  /** Median of its own work, before, between and after its calls. */
  readonly ownMs: number;
  readonly calls: readonly Call[];
}

/** One thing that an operation does beside its own work. */
export type Call =
  | { readonly kind: 'call'; readonly to: Operation; readonly chance?: number }
  /** Two calls at once: the operation goes on when both have answered. */
  | { readonly kind: 'both'; readonly first: Operation; readonly second: Operation }
  | { readonly kind: 'query'; readonly store: Datastore; readonly text: string }
  | { readonly kind: 'send'; readonly to: Operation }
  | { readonly kind: 'inner'; readonly name: string; readonly tookMs: number };

/** A database or cache: it makes no spans itself. */
export interface Datastore {
  readonly system: string;
  readonly host: string;
  readonly port: string;
  readonly tookMs: number;
}

/** A way into the shop, and how often it is taken. */
export interface Route {
  readonly operation: Operation;
  readonly weight: number;
}

const CATALOG_DB = { system: 'postgresql', host: 'catalog-db', port: '5432', tookMs: 2 };
const ORDERS_DB = { system: 'postgresql', host: 'orders-db', port: '5432', tookMs: 3 };
const CACHE = { system: 'redis', host: 'cache', port: '6379', tookMs: 0.4 };

const pricing: Operation = {
  ...{ service: 'pricing', name: 'shop.Pricing/Quote', protocol: 'grpc', ownMs: 1.5 },
  calls: [{ kind: 'query', store: CACHE, text: 'MGET price:?' }],
};
const product: Operation = {
  ...{ service: 'catalog', name: 'shop.Catalog/GetProduct', protocol: 'grpc', ownMs: 2 },
  calls: [
    {
      kind: 'query',
      store: CATALOG_DB,
      text: 'SELECT id, name, price, picture FROM products WHERE id = $1',
    },
  ],
};
const listing: Operation = {
  ...{ service: 'catalog', name: 'shop.Catalog/ListProducts', protocol: 'grpc', ownMs: 4 },
  calls: [
    {
      kind: 'query',
      store: CATALOG_DB,
      text: 'SELECT id, name, price FROM products WHERE category = $1 LIMIT 60',
    },
    { kind: 'call', to: pricing },
  ],
};
const suggestions: Operation = {
  ...{ service: 'recommendation', name: 'shop.Recommendation/List', protocol: 'grpc', ownMs: 6 },
  calls: [{ kind: 'query', store: CACHE, text: 'GET similar:?' }],
};
const ads: Operation = {
  ...{ service: 'ads', name: 'shop.Ads/GetAds', protocol: 'grpc', ownMs: 3 },
  calls: [],
};
const cart: Operation = {
  ...{ service: 'cart', name: 'GET /cart/{user}', protocol: 'http', ownMs: 1.5 },
  calls: [{ kind: 'query', store: CACHE, text: 'HGETALL cart:?' }],
};
const addition: Operation = {
  ...{ service: 'cart', name: 'POST /cart/{user}/items', protocol: 'http', ownMs: 2 },
  calls: [{ kind: 'query', store: CACHE, text: 'HSET cart:? ? ?' }],
};
const user: Operation = {
  ...{ service: 'users', name: 'GET /users/{id}', protocol: 'http', ownMs: 2 },
  calls: [],
};
const stock: Operation = {
  ...{ service: 'inventory', name: 'shop.Inventory/Reserve', protocol: 'grpc', ownMs: 4 },
  calls: [
    {
      kind: 'query',
      store: CATALOG_DB,
      text: 'UPDATE stock SET reserved = reserved + $2 WHERE sku = $1',
    },
  ],
};
/** What the incident is in: its own work for one of the providers gets slow and fails. */
export const PAYMENT: Operation = {
  ...{ service: 'payment', name: 'shop.Payment/Charge', protocol: 'grpc', ownMs: 25 },
  calls: [],
};
const shipping: Operation = {
  ...{ service: 'shipping', name: 'POST /shipments', protocol: 'http', ownMs: 7 },
  calls: [],
};
const mail: Operation = {
  ...{ service: 'mailer', name: 'process orders', protocol: 'message', ownMs: 40 },
  calls: [],
};
const checkout: Operation = {
  ...{ service: 'checkout', name: 'shop.Checkout/PlaceOrder', protocol: 'grpc', ownMs: 8 },
  calls: [
    { kind: 'both', first: cart, second: user },
    { kind: 'call', to: stock },
    { kind: 'call', to: PAYMENT },
    { kind: 'query', store: ORDERS_DB, text: 'INSERT INTO orders (id, user_id, total) VALUES' },
    { kind: 'call', to: shipping },
    { kind: 'send', to: mail },
  ],
};

function page(name: string, calls: readonly Call[]): Operation {
  return { service: 'frontend', name, protocol: 'http', ownMs: 3, calls };
}

const render = { kind: 'inner', name: 'render', tookMs: 5 } as const;

/** The shop has twelve services; a trace has ten spans or so. */
export const ROUTES: readonly Route[] = [
  {
    weight: 0.28,
    operation: page('GET /', [
      { kind: 'call', to: listing },
      { kind: 'call', to: ads, chance: 0.8 },
      render,
    ]),
  },
  {
    weight: 0.34,
    operation: page('GET /product/{id}', [
      { kind: 'both', first: product, second: suggestions },
      { kind: 'call', to: pricing },
      render,
    ]),
  },
  {
    weight: 0.16,
    operation: page('POST /cart', [
      { kind: 'call', to: product },
      { kind: 'call', to: addition },
    ]),
  },
  { weight: 0.1, operation: page('GET /cart', [{ kind: 'call', to: cart }, render]) },
  { weight: 0.12, operation: page('POST /checkout', [{ kind: 'call', to: checkout }]) },
];
