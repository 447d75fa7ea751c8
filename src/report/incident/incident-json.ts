import type { ComparedTraces, IncidentReport } from './incident-document.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const INCIDENT_VERSION = 1;

/**
 * Returns an incident as JSON text, indented by two, with a line end. Times are ISO 8601, amounts
 * of time ns; what is not known is left out. Without a report, no window was found to look at.
 */
export function renderIncidentJson(report: IncidentReport | undefined): string {
  if (report === undefined) {
    return `${JSON.stringify({ version: INCIDENT_VERSION, isExplained: false, causes: [] }, null, 2)}\n`;
  }
  const { incident, serviceName, storedAt } = report;
  const whole = {
    version: INCIDENT_VERSION,
    isExplained: incident.isExplained,
    serviceName,
    baseline: { ...timesOf(report.baseline), ...incident.baseline },
    window: { ...timesOf(report.window), ...incident.window },
    roots: incident.roots,
    causes: incident.causes,
    seed: incident.seed,
    storedAt,
  };
  return `${JSON.stringify(whole, (_key, value: unknown) => textOfBigint(value), 2)}\n`;
}

function timesOf({ runId, fromEpochNs, toEpochNs }: ComparedTraces): object {
  return { runId, from: momentOf(fromEpochNs), to: momentOf(toEpochNs) };
}

function momentOf(epochNs: bigint): string {
  return new Date(Number(epochNs / 1_000_000n)).toISOString();
}

function textOfBigint(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
