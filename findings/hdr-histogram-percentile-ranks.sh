#!/usr/bin/env bash
# hdrhistogram 0.10.8 (Python), hdr-histogram-js 3.0.1, HdrHistogram 2.2.2 (Java): one histogram, two p99.9.
#
# Behaviour: the formats agree to the byte, the percentiles do not. JavaScript and Java give the value below
#   or at which lie at least so many percent of all; Python rounds the rank to the nearest whole one, and
#   gives the value before it where the fraction is less than a half.
# Seen: 1,598 calls of 10 ms, 2 of 1,000 ms, encoded by JavaScript and decoded by each: p99.9 is 1,000 ms
#   there and in Java, 10 ms in Python, with 99.875% of the calls. The same with 94% of 10 calls, one of them
#   slow. At 1,500 calls, where the fraction is a half or more, all agree.
# Why it matters: two tools that hand each other histograms as HdrHistogram logs do may judge a run
#   differently, by any factor, at the ranks that matter most in a tail: those with few calls beyond them.
#   callgauge takes the rank upwards, so that p99.9 is never below the value that holds.
# Needs: Node, Python 3.9 or later with venv, a JDK and Maven.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.hdrhistogram</groupId><artifactId>HdrHistogram</artifactId><version>2.2.2</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >build.log 2>&1 &
build=$!
npm init -y >/dev/null
npm install --no-audit --no-fund --silent hdr-histogram-js@3.0.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hdrhistogram==0.10.8
wait "$build" || { cat build.log; exit 2; }
cat >run.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';

/** Calls of 10 ms, calls of 1,000 ms, the percentile. */
const CASES = [
  [1_598, 2, 99.9],
  [9, 1, 94],
  [1_499, 1, 99.9],
];
const lines = [];
for (const [fast, slow, percent] of CASES) {
  const histogram = build({ highestTrackableValue: 3_600_000 });
  for (let call = 0; call < fast; call++) histogram.recordValue(10);
  for (let call = 0; call < slow; call++) histogram.recordValue(1_000);
  lines.push(`${percent} ${encodeIntoCompressedBase64(histogram)}`);
  console.log(`${fast + slow} calls, p${percent}: ${histogram.getValueAtPercentile(percent)} ms`);
}
writeFileSync('encoded', `${lines.join('\n')}\n`);
JS
cat >run.py <<'PY'
from hdrh.histogram import HdrHistogram

for line in open('encoded'):
    percent, encoded = line.split()
    histogram = HdrHistogram.decode(encoded)
    value = histogram.get_value_at_percentile(float(percent))
    print(f'{histogram.get_total_count()} calls, p{percent}: {value} ms')
PY
cat >Run.java <<'JAVA'
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.HdrHistogram.Histogram;

public class Run {
  public static void main(String[] args) throws Exception {
    for (String line : Files.readAllLines(Path.of("encoded"))) {
      String[] parts = line.split(" ");
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
      Histogram histogram = Histogram.decodeFromCompressedByteBuffer(bytes, 0);
      long value = histogram.getValueAtPercentile(Double.parseDouble(parts[0]));
      System.out.printf("%d calls, p%s: %d ms%n", histogram.getTotalCount(), parts[0], value);
    }
  }
}
JAVA
echo 'JavaScript:'; node run.mjs | tee javascript
echo 'Java:'; java -cp 'lib/*' Run.java | tee java
echo 'Python:'; venv/bin/python run.py | tee python
cat >upwards <<'TEXT'
1600 calls, p99.9: 1000 ms
10 calls, p94: 1000 ms
1500 calls, p99.9: 10 ms
TEXT
cat >nearest <<'TEXT'
1600 calls, p99.9: 10 ms
10 calls, p94: 10 ms
1500 calls, p99.9: 10 ms
TEXT
if cmp -s javascript upwards && cmp -s java upwards && cmp -s python nearest; then
  echo 'as described'
else
  echo CHANGED
  exit 1
fi
