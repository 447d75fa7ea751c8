import { join } from 'node:path';
import { outputOf } from '../child-process.ts';
import type { ClientReport, ClientSpec } from './client-spec.ts';

/**
 * Starting, opening connections, and draining what is left: as long as the client may take more.
 */
const SLACK_SEC = 25;

/** Returns the command that runs the client. */
export function clientCommand(spec: ClientSpec): string[] {
  return [process.execPath, join(import.meta.dirname, 'client-main.ts'), JSON.stringify(spec)];
}

/** Returns what the client found, once it has ended. */
export async function runClient(spec: ClientSpec): Promise<ClientReport> {
  const seconds = spec.phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const output = await outputOf(clientCommand(spec), { boundSec: seconds + SLACK_SEC });
  return JSON.parse(output) as ClientReport;
}
