import { Option, type Command } from 'commander';

/** In which form the result of a command is printed; as text for people where in none. */
export interface PrintOptions {
  readonly json?: true;
  readonly markdown?: true;
}

/** In which forms the result of a command is printed and written. */
export interface ResultOptions extends PrintOptions {
  readonly nagios?: true;
  readonly output: readonly string[];
}

/** Adds the options of {@link ResultOptions} to a command whose result a CI system may read. */
export function withResultOptions(command: Command): Command {
  return withOutputOption(
    withPrintOptions(command).addOption(
      new Option(
        '--nagios',
        'print it as a Nagios plug-in, and end with the exit code of one',
      ).conflicts(['json', 'markdown']),
    ),
  );
}

/** Adds the choice of what is written beside what is printed. */
export function withOutputOption(command: Command): Command {
  const also = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  return command.addOption(
    new Option(
      '--output <format=file>',
      'also write it: junit, html, markdown, json, openmetrics or text, each =FILE; or github; may be given again',
    )
      .argParser(also)
      .default([], 'none'),
  );
}

/** Adds the choice of what is printed in place of text for people. */
export function withPrintOptions(command: Command): Command {
  return command
    .option('--json', 'print it as JSON')
    .addOption(new Option('--markdown', 'print it as Markdown').conflicts('json'));
}
