import type { Paint } from './paint.ts';
import type { RunReport } from './run-report.ts';

/** What every section of a terminal report is given. */
export interface Page {
  readonly report: RunReport;
  readonly paint: Paint;
  readonly width: number;
}

/** A section's lines under its title; no section for no lines. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}
