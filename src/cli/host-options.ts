import { type Command, Option } from 'commander';

/** Under which names the ports that callgauge opens may be called. */
export interface HostOptions {
  readonly allowHost: readonly string[];
}

/** Adds the option of {@link HostOptions} to a command. */
export function withHostOption(command: Command): Command {
  const option = new Option(
    '--allow-host <name>',
    'a further name under which its ports are called; may be given again',
  );
  return command.addOption(
    option
      .argParser((name: string, before: readonly string[]) => [...before, name])
      .default([], 'none'),
  );
}

/** The option by which the admin API may open ports to other machines, for `command.option`. */
export const REMOTE_LISTEN = [
  '--allow-remote-listen',
  'let requests to that API have proxies listen beyond loopback',
] as const;
