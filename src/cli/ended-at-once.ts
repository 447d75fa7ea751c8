/**
 * Returns what a command says that a second Ctrl-C ends: how to read what is stored of the runs
 * that it has begun, in their order. No line where it has begun none.
 */
export function endedAtOnceLines(
  runIds: readonly string[],
  command: (text: string) => string,
): readonly string[] {
  return runIds.map(
    (runId) => `ended at once; what is stored of the run: ${command(`report ${runId}`)}`,
  );
}
