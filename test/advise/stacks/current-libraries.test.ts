import { describe, expect, it } from 'vitest';
import { AGAIN, compared, inUse, rpcTuning } from './sample-tunings.ts';

const STOCK = 'inventory GET /api/stock';
const CARDS = 'payment GET /api/cards';
const CHARGES = 'payment POST /api/charges';

describe('a file of resilience4j', () => {
  const YAML = `
spring: { application: { name: orders } }
resilience4j:
  retry:
    configs:
      default: { maxAttempts: 4, waitDuration: 100ms, enableRandomizedWait: true }
      connects: { retry-exceptions: [java.net.ConnectException] }
    instances:
      inventory: {}
      payment: { baseConfig: connects, max-attempts: 2 }
  timelimiter:
    instances:
      inventory: { timeoutDuration: PT2.5S }
  circuitbreaker:
    instances:
      payment: { slidingWindowSize: 10, failureRateThreshold: 25 }
---
spring.config.activate.on-profile: test
resilience4j.retry.instances.inventory.maxAttempts: 9
`;
  it('is read by the names of instances and what they are based on, with defaults named', () => {
    const { stack, byEdge, beside } = inUse(YAML);
    expect(stack).toBe('resilience4j');
    expect(byEdge[STOCK]).toMatchObject({
      attempts: '4',
      'attempt timeout': '2500 ms',
      'first wait, at most': '150 ms',
    });
    expect(byEdge[CHARGES]).toMatchObject({
      attempts: '2',
      'sent again': 'failed connects',
      'attempt timeout': 'not said',
      'first wait, at most': '500 ms, the default',
      'breaker opens at': '25%',
      'breaker open for': '60000 ms, the default',
    });
    const texts = new Set(beside.map(({ text }) => text));
    expect(texts).toContain('circuitbreaker.slidingWindowSize 10');
    expect(texts).toContain('profile test, which is not read');
  });

  it('may be properties, with any case and placeholders', () => {
    const { byEdge, differences } = inUse(`
# ours
resilience4j.retry.instances.inventory.max-attempts = 2
resilience4j.timelimiter.instances.inventory.timeout-duration=\${STOCK_TIMEOUT:900ms}
resilience4j.bulkhead.instances.Inventory.maxConcurrentCalls=7
`);
    expect(byEdge[STOCK]).toMatchObject({ attempts: '2', 'attempt timeout': '900 ms' });
    expect(differences.find(({ name }) => name === 'attempts')?.line).toBe(3);
  });
});

it('a file of Spring Cloud OpenFeign is read by its clients, and what it says of all', () => {
  const { stack, byEdge } = inUse(`
spring.cloud.openfeign.client.config:
  default: { connect-timeout: 2000 }
  inventory: { readTimeout: 3000, retryer: feign.Retryer.Default }
`);
  expect(stack).toBe('Spring Cloud OpenFeign');
  expect(byEdge[STOCK]).toMatchObject({
    'attempt timeout': '3000 ms',
    'connect timeout': '2000 ms',
    attempts: '5',
  });
  expect(byEdge[CARDS]).toMatchObject({ 'attempt timeout': '60000 ms, the default' });
});

it('a file of Dubbo is read by interfaces and methods, and what its consumer says', () => {
  const text = `<?xml version="1.0"?>
<beans xmlns:dubbo="http://dubbo.apache.org/schema/dubbo">
  <!-- <dubbo:reference interface="shop.Stock" timeout="1"/> -->
  <dubbo:consumer timeout="\${dubbo.timeout:4000}" check="false"/>
  <dubbo:reference id="stock" interface="shop.Stock" actives='50'>
    <dubbo:method name="Other" timeout="10"/>
  </dubbo:reference>
</beans>`;
  const tuning = rpcTuning();
  const { stack, differences } = compared(tuning, text);
  expect(stack).toBe('Dubbo');
  expect(differences).toEqual([
    expect.objectContaining({ name: 'attempt timeout', inUse: '4000 ms', line: 5 }),
    expect.objectContaining({ name: 'calls at once', inUse: '50' }),
  ]);
  const once = text.replace("actives='50'", 'cluster="failfast"');
  expect(compared(tuning, once).differences.map(({ name }) => name)).toContain('attempts');
});

it('properties of Hystrix are read by commands, and what they say of all', () => {
  const { stack, byEdge, beside } = inUse(`
hystrix.command.default.execution.isolation.thread.timeoutInMilliseconds=2000
hystrix.command.payment.execution.timeout.enabled=false
hystrix.command.payment.circuitBreaker.requestVolumeThreshold=5
hystrix.threadpool.default.coreSize=30
`);
  expect(stack).toBe('Hystrix');
  expect(byEdge[STOCK]).toMatchObject({
    'attempt timeout': '2000 ms',
    'calls at once': '30',
    'breaker opens at': '50%, the default',
    'breaker open for': '5000 ms, the default',
  });
  expect(byEdge[CARDS]).toMatchObject({ 'attempt timeout': 'not said' });
  expect(beside.map(({ text }) => text)).toContain('circuitBreaker.requestVolumeThreshold 5');
});

it('appsettings.json of Polly is read however deep, with comments and the handler’s defaults', () => {
  const { stack, byEdge } = inUse(`{
  // ours
  "Logging": { "LogLevel": { "Default": "Information" } },
  "HttpClients": {
    "Inventory": {
      "BaseAddress": "http://inventory:8080",
      "Resilience": { "AttemptTimeout": { "Timeout": "00:00:02" }, "Retry": { "MaxRetryAttempts": 1, }, },
    },
    "payment": { "TotalRequestTimeout": { "Timeout": "0:00:05.5" } }
  }
}`);
  expect(stack).toBe('Polly');
  expect(byEdge[STOCK]).toMatchObject({
    'attempt timeout': '2000 ms',
    attempts: '2',
    'first wait, at most': '2000 ms, the default',
    'total deadline': '30000 ms, the default',
  });
  expect(byEdge[CARDS]).toMatchObject({
    'total deadline': '5500 ms',
    attempts: '4, the default',
    'breaker opens at': '10%, the default',
  });
});

it('options of opossum are read by name', () => {
  const { stack, byEdge } = inUse(
    '{"inventory": {"timeout": 3000, "errorThresholdPercentage": 20, "volumeThreshold": 5}}',
    [AGAIN],
  );
  expect(stack).toBe('opossum');
  expect(byEdge[STOCK]).toMatchObject({
    'attempt timeout': '3000 ms',
    'breaker opens at': '20%',
    'breaker open for': '30000 ms, the default',
  });
});

it('options of undici are read by name', () => {
  const { stack, byEdge } = inUse(
    '{"inventory": {"headersTimeout": 2000, "connect": {"timeout": 500}, "connections": 20, "retry": {}}}',
    [AGAIN],
  );
  expect(stack).toBe('undici');
  expect(byEdge[STOCK]).toMatchObject({
    attempts: '6, the default',
    'attempt timeout': '2000 ms',
    'connect timeout': '500 ms',
    'first wait, at most': '500 ms, the default',
    'calls at once': '20',
  });
});
