#!/usr/bin/env bash
# opentelemetry-exporter-otlp-proto-http 1.45.1 (Python): any answer from 200 to 399 is a success.
#
# Behaviour: the body of an answer is not read, so that `partial_success`, by which a receiver says
#   that it rejected spans and why, is neither logged nor counted. A redirect is not followed, and
#   counts as a success too: the batch is gone without a word.
# Seen: 200 with 1 rejected span: SUCCESS, 1 request, nothing logged. 308 to the same path: SUCCESS,
#   1 request, nothing logged. 400: FAILURE, 1 request, one line logged.
# Why it matters: an OTLP receiver cannot tell a Python service what it rejected, and one that
#   redirects to its path (`/v1/traces/` to `/v1/traces`) loses every span. callgauge's receiver says
#   what it rejects on its own terminal, and takes the path with slashes too many.
# Exit code: 0 while it is so, 1 once it has changed. Needs Python 3.9 or later with venv.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  opentelemetry-exporter-otlp-proto-http==1.45.1 opentelemetry-sdk==1.45.1
cat >run.py <<'PY'
import http.server, logging, sys, threading
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

memory = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(memory))
provider.get_tracer('demo').start_span('call').end()
spans = memory.get_finished_spans()

lines = []
class Lines(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
logging.getLogger().addHandler(Lines())

rejected = ExportTraceServiceResponse()
rejected.partial_success.rejected_spans = 1
rejected.partial_success.error_message = "span 'call' is too old"


def export(status, body=b'', location=None):
    requests = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            requests.append(self.rfile.read(int(self.headers['content-length'])))
            self.send_response(status)
            self.send_header('content-type', 'application/x-protobuf')
            self.send_header('content-length', str(len(body)))
            if location:
                self.send_header('location', location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    exporter = OTLPSpanExporter(endpoint=f'http://127.0.0.1:{server.server_port}/v1/traces')
    del lines[:]
    result = exporter.export(spans).name
    exporter.shutdown()
    server.shutdown()
    print(f'{status}: {result}, requests {len(requests)}, lines logged {len(lines)}')
    return result, len(requests), len(lines)


partial = export(200, rejected.SerializeToString())
redirected = export(308, location='/v1/traces')
refused = export(400)
is_so = (
    partial == ('SUCCESS', 1, 0) and redirected == ('SUCCESS', 1, 0) and refused[:2] == ('FAILURE', 1) and refused[2] > 0
)
print('as described' if is_so else 'CHANGED')
sys.exit(0 if is_so else 1)
PY
venv/bin/python run.py
