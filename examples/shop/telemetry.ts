import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** Longest wait for the last spans to be delivered when a service stops. */
const FLUSH_TIMEOUT_MS = 2_000;

/**
 * Sets up OpenTelemetry for this process: spans in batches over OTLP to where
 * OTEL_EXPORTER_OTLP_ENDPOINT says, W3C trace context in and out. Without that variable, spans are
 * made and thrown away. Returns a function that delivers what is left.
 */
export function startTelemetry(serviceName: string): () => Promise<void> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'process.pid': process.pid }),
    spanProcessors: process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ? [batches()] : [],
  });
  provider.register();
  return () => Promise.race([provider.shutdown(), unheldTimeout(FLUSH_TIMEOUT_MS)]);
}

function batches(): BatchSpanProcessor {
  return new BatchSpanProcessor(new OTLPTraceExporter({ timeoutMillis: FLUSH_TIMEOUT_MS }), {
    scheduledDelayMillis: 500,
    maxExportBatchSize: 1_024,
    maxQueueSize: 16_384,
  });
}

/** A timeout that does not keep the process alive. */
function unheldTimeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
