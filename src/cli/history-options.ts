import { type Command, Option } from 'commander';

import { withStoreOptions, type StoreOptions } from './store-options.ts';

/** What `history` and `gate --history` are asked for. */
export interface HistoryOptions extends StoreOptions {
  readonly step: readonly string[];
  readonly measure: readonly string[];
  readonly limit: string;
  readonly minChange: string;
  readonly fresh: string;
  readonly anyMachine?: true;
}

/** Adds what chooses the runs, the measures and the changes of a history. */
export function withHistoryOptions(command: Command): Command {
  const also = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  return withStoreOptions(command)
    .addOption(
      new Option('--step <name>', 'only this step; may be given again')
        .argParser(also)
        .default([], 'all'),
    )
    .addOption(
      new Option('--measure <name>', 'p50 to p99.99, errors or rate; may be given again')
        .argParser(also)
        .default([], 'p50, p99, errors, rate'),
    )
    .option('--limit <n>', 'how many of the newest runs at most', '100')
    .option('--min-change <percent>', 'smaller changes are none', '2%')
    .option('--fresh <n>', 'a change is fresh whose first run is among so many newest', '10')
    .option('--any-machine', 'take runs of other machines too');
}
