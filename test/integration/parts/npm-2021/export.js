// Exports 5 spans by OpenTelemetry's exporter of 2021: node export.js URL, with node_modules beside it.
const { diag, DiagConsoleLogger, DiagLogLevel, SpanKind } = require('@opentelemetry/api');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
const provider = new NodeTracerProvider();
provider.addSpanProcessor(new BatchSpanProcessor(new OTLPTraceExporter({ url: process.argv[2] })));
provider.register();
const tracer = provider.getTracer('old', '0.27.0');
for (let i = 0; i < 5; i++) {
  const span = tracer.startSpan(`op${i}`, {
    kind: SpanKind.SERVER,
    attributes: { count: i, ratio: 0.5, list: ['a', 'b'] },
  });
  span.addEvent('half');
  span.end();
}
void provider.shutdown();
