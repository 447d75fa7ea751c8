import { readlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Takes the kernel's leave to delay the calling thread's timers by 50 us, where it lets us: Linux.
 * For threads that sleep until a moment and do nothing else. Returns whether it did.
 */
export function sleepExactly(): boolean {
  try {
    const threadId = basename(readlinkSync('/proc/thread-self'));
    writeFileSync(`/proc/${threadId}/timerslack_ns`, '1');
    return true;
  } catch {
    return false;
  }
}
