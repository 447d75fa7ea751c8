/** A scenario with every part of a policy; tests change a text of it. */
export const FULL_POLICY = `name: full
policies:
  careful:
    totalTimeout: 2s
    attemptTimeout: 300ms
    idempotent: true
    retry: { attempts: 3, on: [connect, timeout, 503, 5xx, 429], budget: { ratio: 10% } }
    hedge: { after: p95 }
    breaker: { slow: 100ms }
    bulkhead: { calls: 5, waiting: 2 }
    rateLimit: { rate: 90/m, by: user }
    fallback: { json: { price: 1.10 } }
targets:
  orders:
    url: "http://127.0.0.1:7101"
    endpoints: ["http://127.0.0.1:7102", "http://127.0.0.1:7103/"]
    balance: { by: weighted, weights: [3, 2, 1] }
    health: { active: { path: /healthz }, passive: { outAfter: 4 } }
    policy: careful
flows:
  checkout:
    - step: create
      http: { method: POST, path: /orders }
    - step: look
      policy: { hedge: { after: 50ms, maxExtra: 2% } }
      http: /orders/1
    - step: bare
      policy: none
      http: /orders/2
load:
  - { phase: steady, users: 3, for: 10s }
`;

/** A gRPC step with a policy. */
export const GRPC_POLICY = `name: small
policies: { careful: { retry: { attempts: 2, on: [connect] } } }
targets: { orders: { url: "http://127.0.0.1:7101" } }
flows:
  checkout:
    - step: create
      policy: careful
      grpc: { method: shop.Orders/Create }
load:
  - { phase: steady, arrivals: { rate: 50/s }, for: 10s }
`;
