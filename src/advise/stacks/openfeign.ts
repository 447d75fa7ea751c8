import { parse } from 'yaml';
import { at, entriesAt } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, readNs, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const CONFIG = ['spring', 'cloud', 'openfeign', 'client', 'config'] as const;

const CANNOT = [
  'A client is of one callee: of several operations the longest timeouts stand. readTimeout bounds each wait for bytes, not the whole answer; nothing bounds a call with its attempts.',
  'Without a retryer a client makes one attempt; YAML cannot say how many a retryer makes. It is a bean: its last argument counts all attempts.',
  'feign.Retryer.Default repeats every method after a failed read, POST too, and never a plain 503: an ErrorDecoder must make a RetryableException of it.',
];

/** Spring Cloud's YAML, a client for each callee. */
export const OPENFEIGN: Stack = { name: 'openfeign', title: 'Spring Cloud OpenFeign', write, read };

function write({ edges, about }: StackExport): string {
  const byCallee = [...Map.groupBy(edges, ({ callee }) => callee)];
  const config = byCallee.map(([callee, own]) => [
    callee,
    {
      connectTimeout: wholeMs(Math.max(...own.map(({ policy }) => policy.connectTimeoutNs))),
      readTimeout: wholeMs(Math.max(...own.map(({ policy }) => policy.attemptTimeoutNs))),
    },
  ]);
  const content = {
    spring: { cloud: { openfeign: { client: { config: Object.fromEntries(config) as object } } } },
  };
  const comments = byCallee.map(([callee, own]) => ({
    path: [...CONFIG, callee],
    lines: own.flatMap((edge) => [edgeTitle(edge), ...edge.evidence, retryerText(edge)]),
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

function retryerText({ policy }: ExportedEdge): string {
  const { attempts, retryOn, backoff } = policy;
  switch (retryOn) {
    case 'nothing':
      return 'one attempt: no retryer';
    case 'connect':
      return `one attempt: no retryer, since it would repeat what was sent; ${attempts} attempts where no connection came about cannot be said`;
    case 'transient':
      return `${attempts} attempts: @Bean Retryer retryer() { return new Retryer.Default(${wholeMs(backoff.baseNs)}, ${wholeMs(backoff.capNs)}, ${attempts}); }`;
  }
}

/** Attempts are a bean's. */
function read(text: string): readonly StackPolicy[] {
  return entriesAt(parse(text), ...CONFIG).map(([key, client]) => {
    const connectTimeoutNs = readNs(at(client, 'connectTimeout'));
    const attemptTimeoutNs = readNs(at(client, 'readTimeout'));
    return {
      key,
      ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
      ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
    };
  });
}
