import feign.Retryer;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.springboot3.bulkhead.autoconfigure.BulkheadAutoConfiguration;
import io.github.resilience4j.springboot3.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot3.ratelimiter.autoconfigure.RateLimiterAutoConfiguration;
import io.github.resilience4j.springboot3.retry.autoconfigure.RetryAutoConfiguration;
import io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterAutoConfiguration;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.http.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignAutoConfiguration;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.client.HttpServerErrorException;

/**
 * Makes the calls that it reads, a line each, with what Spring reads of a file: {@code resilience4j
 * KEY URL}, {@code breaker KEY}, {@code bulkhead KEY URL CALLS}, {@code ratelimiter KEY URL CALLS},
 * {@code feign}. Answers each with a line.
 */
@SpringBootConfiguration
@ImportAutoConfiguration({
  BulkheadAutoConfiguration.class,
  CircuitBreakerAutoConfiguration.class,
  FeignAutoConfiguration.class,
  HttpMessageConvertersAutoConfiguration.class,
  PropertyPlaceholderAutoConfiguration.class,
  RateLimiterAutoConfiguration.class,
  RetryAutoConfiguration.class,
  TimeLimiterAutoConfiguration.class
})
@EnableFeignClients(clients = StackClient.Stock.class)
public class StackClient {
  @FeignClient(name = "stock", url = "${stock.url}")
  interface Stock {
    @GetMapping("/feign")
    String get();
  }

  @Bean
  @Profile("retryer")
  Retryer retryer() {
    String[] numbers = System.getProperty("retryer").split(", ");
    return new Retryer.Default(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Integer.parseInt(numbers[2]));
  }

  public static void main(String[] args) {
    var context =
        new SpringApplicationBuilder(StackClient.class).web(WebApplicationType.NONE).run(args);
    var retries = context.getBean(RetryRegistry.class);
    var limiters = context.getBean(TimeLimiterRegistry.class);
    var breakers = context.getBean(CircuitBreakerRegistry.class);
    var bulkheads = context.getBean(BulkheadRegistry.class);
    var rates = context.getBean(RateLimiterRegistry.class);
    var stock = context.getBean(Stock.class);
    System.out.println("ready");
    var lines = new Scanner(System.in, StandardCharsets.UTF_8);
    while (lines.hasNextLine()) {
      String[] words = lines.nextLine().split(" ");
      var attempts = new AtomicInteger();
      String ended = "well";
      try {
        switch (words[0]) {
          case "feign" -> stock.get();
          case "breaker" -> {
            var breaker = breakers.circuitBreaker(words[1]);
            // Failures until it refuses, one more than which is what it let through.
            while (breaker.tryAcquirePermission()) {
              attempts.incrementAndGet();
              breaker.onError(0, java.util.concurrent.TimeUnit.MILLISECONDS, new Exception());
            }
          }
          case "bulkhead", "ratelimiter" -> {
            Supplier<CompletionStage<Integer>> send = () -> send(words[2]);
            var call =
                words[0].equals("bulkhead")
                    ? Bulkhead.decorateCompletionStage(bulkheads.bulkhead(words[1]), send)
                    : RateLimiter.decorateCompletionStage(rates.rateLimiter(words[1]), send);
            // A refusal is there at once; what went is not waited for.
            for (int i = Integer.parseInt(words[3]); i > 0; i--) {
              if (call.get().toCompletableFuture().isCompletedExceptionally()) {
                attempts.incrementAndGet();
                ended = "refused";
              }
            }
          }
          default -> call(retries.retry(words[1]), limiters.timeLimiter(words[1]), words[2], attempts);
        }
      } catch (Throwable thrown) {
        ended = thrown.getClass().getSimpleName();
      }
      System.out.println(ended + " " + attempts);
    }
    System.exit(0);
  }

  private static CompletionStage<Integer> send(String url) {
    var request = HttpRequest.newBuilder(URI.create(url)).build();
    // A client each: no connection is used twice.
    return HttpClient.newHttpClient()
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .thenApply(HttpResponse::statusCode);
  }

  private static void call(Retry retry, TimeLimiter limiter, String url, AtomicInteger attempts)
      throws Exception {
    Callable<Integer> attempt =
        TimeLimiter.decorateFutureSupplier(limiter, () -> send(url).toCompletableFuture());
    Callable<Integer> judged =
        () -> {
          attempts.incrementAndGet();
          int status = attempt.call();
          if (status == 503) {
            throw HttpServerErrorException.create(
                HttpStatus.SERVICE_UNAVAILABLE, "", null, null, null);
          }
          if (status >= 400) throw new IllegalStateException("status " + status);
          return status;
        };
    Retry.decorateCallable(retry, judged).call();
  }
}
