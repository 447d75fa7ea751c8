import { parentPort } from 'node:worker_threads';
import { invariant, systemClock } from '../core/index.ts';
import { StorableStarts } from '../native/index.ts';
import { decodeBody } from './decode-body.ts';
import type { DecodeJob } from './decode-messages.ts';

/**
 * The thread that reads the bodies of export requests, one after another. What strangers send may
 * cost it a second; the thread that runs everything else does not notice.
 */
const port = parentPort;
invariant(port, 'decode-worker runs in a worker thread');
const starts = new StorableStarts(systemClock());
port.on('message', (job: DecodeJob) => {
  const { decoded, memory } = decodeBody(job, (startEpochNs) => starts.rejectionOf(startEpochNs));
  port.postMessage(decoded, [...memory]);
});
