"""Exports spans by OpenTelemetry's SDK for Python, and prints the ids of each: export_spans.py http|grpc COMPRESSION COUNT.

Where to, and under which name, it is told by OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME.
"""

import sys

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

protocol, compression, count = sys.argv[1:]
if protocol == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    coding = {"none": Compression.NoCompression, "gzip": Compression.Gzip, "deflate": Compression.Deflate}[compression]
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    coding = Compression(compression)

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=coding)))
tracer = provider.get_tracer("export")
for number in range(int(count)):
    with tracer.start_as_current_span("work", attributes={"number": number, "text": "Zoë"}) as span:
        ids = span.get_span_context()
        print(f"{ids.trace_id:032x} {ids.span_id:016x}")
provider.shutdown()
