// Exports spans by OpenTelemetry's SDK for Go, and prints the ids of each: otel-export http|grpc COUNT. Where to, how
// compressed and under which name it is told by OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_COMPRESSION and
// OTEL_SERVICE_NAME.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	client := otlptracehttp.NewClient()
	if os.Args[1] == "grpc" {
		client = otlptracegrpc.NewClient()
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	tracer := provider.Tracer("export")
	for i := 0; i < count; i++ {
		_, span := tracer.Start(ctx, "work")
		span.SetAttributes(attribute.Int("number", i), attribute.String("text", "Zoë"))
		span.End()
		fmt.Println(span.SpanContext().TraceID(), span.SpanContext().SpanID())
	}
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
