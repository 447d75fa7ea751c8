/**
 * Holds the response parser against llhttp, by hand and for as long as wanted:
 *
 *   node test/fuzz/response-parser-fuzz.ts 1000000 SEED
 *
 * Prints how often they agreed and each difference by name; exits 1 where one must not be.
 */
import { fuzzResponses } from './response-fuzz.ts';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const report = await fuzzResponses(count, seed);
const { responses, readings, bothWhole, bothRefused } = report;
process.stdout.write(
  `llhttp ${process.versions['llhttp']}, seed ${seed}: ${responses} responses, ${readings} readings; ` +
    `both whole and alike ${bothWhole}, both refused ${bothRefused}\n`,
);
for (const [name, times] of [...report.differences].sort((a, b) => b[1] - a[1])) {
  process.stdout.write(`${String(times).padStart(10)}  ${name}\n`);
}
for (const failure of report.failures) process.stdout.write(`${failure}\n`);
process.exitCode = report.failures.length === 0 ? 0 : 1;
