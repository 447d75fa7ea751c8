import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const SLOWEST_COUNT = 10;
const SLOW_FROM_MS = 1_000;

/**
 * Ends a run with one plain line, `tests: 120 passed, 0 failed, 3 skipped`, for CI to read. Above
 * it are the slowest files, so that a suite that grows slow shows where.
 */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state]++;
      }
    }
    process.stdout.write(
      `${slowestFiles(modules)}\ntests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}

/** Returns the slowest files, one a line with its seconds; nothing where every file is quick. */
function slowestFiles(modules: readonly TestModule[]): string {
  const lines = modules
    .map((module) => ({ module, ms: module.diagnostic().duration }))
    .filter(({ ms }) => ms >= SLOW_FROM_MS)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST_COUNT)
    .map(({ module, ms }) => {
      const file = relative(module.project.config.root, module.moduleId);
      return `${(ms / 1_000).toFixed(1).padStart(8)} s  ${file}\n`;
    });
  return lines.length === 0 ? '' : `\nslowest files:\n${lines.join('')}`;
}
