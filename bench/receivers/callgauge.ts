import { join } from 'node:path';
import { startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { untilAccepting } from '../servers/until-accepting.ts';
import {
  BOUND_SEC,
  runningReceiver,
  START_WITHIN_SEC,
  type ReceiverUnderTest,
} from './receiver-under-test.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** `callgauge receive`, storing at the server. */
export const callgauge: ReceiverUnderTest = {
  name: 'callgauge',
  missing: () => undefined,
  start: async ({ server, database, scratch }) => {
    const port = await freePort();
    const store = ['--store', `${server.url}/${database}`, '--dir', join(scratch, 'store')];
    const argv = [process.execPath, MAIN, 'receive', '--listen', String(port), ...store];
    const child = startProcess(argv, { boundSec: BOUND_SEC });
    await untilAccepting('callgauge receive', port, START_WITHIN_SEC);
    return runningReceiver(child, port);
  },
};
