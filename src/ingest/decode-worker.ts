import { parentPort } from 'node:worker_threads';
import { invariant, NS_PER_US, systemClock } from '../core/index.ts';
import { StorableStarts } from '../native/index.ts';
import { decodeBody } from './decode-body.ts';
import type { DecodeAnswer, DecodeJob } from './decode-messages.ts';

/**
 * The thread that reads the bodies of export requests, one after another. What strangers send may
 * cost it a second; the thread that runs everything else does not notice.
 */
const port = parentPort;
invariant(port, 'decode-worker runs in a worker thread');
const starts = new StorableStarts(systemClock());
port.on('message', (job: DecodeJob) => {
  const { decoded, memory } = decodeBody(job, (startEpochNs) => starts.rejectionOf(startEpochNs));
  const { user, system } = process.threadCpuUsage();
  const answer: DecodeAnswer = { decoded, cpuNs: (user + system) * NS_PER_US };
  port.postMessage(answer, [...memory]);
  // Freed now, not when garbage is collected: bodies of many megabytes could lie about till then.
  for (const { buffer } of job.blocks) buffer.transfer(0);
});
