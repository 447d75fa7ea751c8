import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `tests: 120 passed, 0 failed, 3 skipped`, for CI to read. Before it
 * stands each test that passed only when it was tried again: a retry forgives a busy machine, and
 * must not hide a fault.
 */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state]++;
        if (test.diagnostic()?.flaky === true) process.stdout.write(`\n${retried(test)}\n`);
      }
    }
    process.stdout.write(
      `\ntests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}

function retried(test: TestCase): string {
  const reason = test.result().errors?.[0]?.message ?? 'it did not say why';
  return `passed only when tried again: ${test.module.moduleId} > ${test.fullName}: ${reason}`;
}
