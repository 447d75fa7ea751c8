import { Option } from 'commander';

/** Returns an option that may be given several times, and whose value is the list of all. */
export function severalOf(flags: string, what: string): Option {
  return new Option(flags, `${what}; may be given again`).argParser(collect).default([], 'none');
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}
