#!/usr/bin/env bash
# opossum 10.0.0, cockatiel 4.0.0, resilience4j 2.4.0: a call from before the outage stands in for the probe.
#
# Behaviour: a breaker that is half-open lets one call go, whose end is to say whether the callee is well
#   again. What counts is the first end, of whatever call: one that was sent before the breaker opened, and
#   hung since then, is taken for the probe. If it fails, the breaker opens again; with opossum and
#   resilience4j it closes if it ends well. The probe itself, still under way, then decides nothing.
# Seen: three calls, two of which fail; one probe goes out, then the third call ends. Where it fails: open in
#   all three, and still open once the probe has ended well. Where it ends well: closed in opossum and
#   resilience4j without any answer to the probe, cockatiel waits for it.
# Why it matters: where calls hang, their timeouts end behind the sleep window if that is the shorter one. A
#   callee that is well again is then shut out for as long as calls from the outage still end.
#   callgauge's own breakers know which stay in a state a call belongs to, and `tune` recommends no
#   sleep window below the timeout of an attempt.
# Reported: not of these; Polly weighed it in https://github.com/App-vNext/Polly/issues/217.
# Needs: Node, a JDK and Maven.
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
    <dependency><groupId>io.github.resilience4j</groupId><artifactId>resilience4j-circuitbreaker</artifactId><version>2.4.0</version></dependency>
  </dependencies>
</project>
XML
cat >Late.java <<'JAVA'
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

public class Late {
  public static void main(String[] args) throws Exception {
    for (boolean endsWell : new boolean[] {false, true}) {
      CircuitBreaker breaker = CircuitBreaker.of("callee", CircuitBreakerConfig.custom()
          .slidingWindowSize(2).minimumNumberOfCalls(2).failureRateThreshold(50)
          .waitDurationInOpenState(Duration.ofMillis(100)).permittedNumberOfCallsInHalfOpenState(1).build());
      CompletableFuture<String> first = call(breaker);
      CompletableFuture<String> second = call(breaker);
      CompletableFuture<String> old = call(breaker);
      first.completeExceptionally(new IOException("reset"));
      second.completeExceptionally(new IOException("reset"));
      Thread.sleep(300);
      CompletableFuture<String> probe = call(breaker);
      CircuitBreaker.State before = breaker.getState();
      if (endsWell) old.complete("ok");
      else old.completeExceptionally(new IOException("timeout"));
      CircuitBreaker.State behind = breaker.getState();
      probe.complete("ok");
      System.out.printf("resilience4j, old call %s: %s, then %s, probe ok: %s%n",
          endsWell ? "ok" : "fails", word(before), word(behind), word(breaker.getState()));
    }
  }

  /** Starts a call that ends as the future which is returned does. */
  static CompletableFuture<String> call(CircuitBreaker breaker) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    breaker.executeCompletionStage(() -> answer);
    return answer;
  }

  static String word(CircuitBreaker.State state) {
    return state.name().toLowerCase().replace('_', '-');
  }
}
JAVA
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >build.log 2>&1 &
build=$!
npm init -y >/dev/null
npm install --no-audit --no-fund --silent opossum@10.0.0 cockatiel@4.0.0
cat >run.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';

const WORDS = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
};

/** How to call through a breaker that opens at two failures, and how to ask it for its state. */
const BREAKERS = {
  opossum(action) {
    const options = { timeout: false, resetTimeout: 100, volumeThreshold: 2 };
    const breaker = new Opossum(action, options);
    const state = () => (breaker.opened ? 'open' : breaker.closed ? 'closed' : 'half-open');
    return { call: () => breaker.fire(), state, end: () => breaker.shutdown() };
  },
  cockatiel(action) {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 100, breaker: new ConsecutiveBreaker(2) });
    return { call: () => breaker.execute(action), state: () => WORDS[breaker.state], end: () => undefined };
  },
};

async function statesOf(name, endsWell) {
  const sent = [];
  const action = () => new Promise((resolve, reject) => sent.push({ resolve, reject }));
  const breaker = BREAKERS[name](action);
  const ends = Array.from({ length: 3 }, () => breaker.call().catch(() => undefined));
  await sleep(1);
  for (const call of sent.slice(0, 2)) call.reject(new Error('reset'));
  await Promise.all(ends.slice(0, 2));
  await sleep(300);
  const probed = breaker.call().catch(() => undefined);
  await sleep(1);
  const states = [breaker.state()];
  if (endsWell) sent[2].resolve('ok');
  else sent[2].reject(new Error('timeout'));
  await ends[2];
  states.push(breaker.state());
  sent[3].resolve('ok');
  await probed;
  states.push(breaker.state());
  breaker.end();
  const [before, behind, last] = states;
  return `${name}, old call ${endsWell ? 'ok' : 'fails'}: ${before}, then ${behind}, probe ok: ${last}`;
}

for (const name of Object.keys(BREAKERS)) {
  for (const endsWell of [false, true]) console.log(await statesOf(name, endsWell));
}
JS
node run.mjs | tee seen
wait "$build" || { cat build.log; exit 2; }
java -cp 'lib/*' Late.java 2>/dev/null | tee -a seen
cat >wanted <<'TEXT'
opossum, old call fails: half-open, then open, probe ok: open
opossum, old call ok: half-open, then closed, probe ok: closed
cockatiel, old call fails: half-open, then open, probe ok: open
cockatiel, old call ok: half-open, then half-open, probe ok: closed
resilience4j, old call fails: half-open, then open, probe ok: open
resilience4j, old call ok: half-open, then closed, probe ok: closed
TEXT
if cmp -s seen wanted; then echo 'as described'; else echo CHANGED; exit 1; fi
