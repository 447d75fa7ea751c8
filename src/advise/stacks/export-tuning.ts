import { counted, HarnessError } from '../../core/index.ts';
import type { EdgeTuning, TunedTraces, Tuning } from '../tuning.ts';
import type { ExportedEdge, Stack } from './stack.ts';
import { edgeTitle } from './stack-units.ts';

/** What its callees are called is no name of a service that a stack could be told of. */
const HARNESS = 'callgauge';
/** Longer keys are no names of Kubernetes. */
const KEY_MAX = 60;
const NAMED_MAX = 8;

/**
 * Returns recommendations as a file for a stack. Edges of which no timeout is known are named in
 * its head.
 * @throws USAGE_INVALID where there are several callers, or the stack has none of the edges;
 *   SAMPLE_TOO_SMALL where no edge has a policy
 */
export function exportTuning(tuning: Tuning, stack: Stack): string {
  const edges = exportedEdges(tuning, stack);
  const text = stack.write({ edges, about: aboutText(tuning, stack, edgesOf(tuning, stack)) });
  if (stack.read(text).length > 0) return text;
  throw new HarnessError(
    'USAGE_INVALID',
    `${stack.title} has calls by RPC alone, and the spans of none of these say that: ${edges
      .slice(0, NAMED_MAX)
      .map((edge) => edgeTitle(edge))
      .join(', ')}`,
    { hint: 'Choose a stack of HTTP; --caller and --callee choose edges.' },
  );
}

/**
 * Returns the edges that a file has, those with a policy, of one caller: the services', and the
 * harness's own calls where there are no others; of a stack of the harness the other way round.
 * @throws USAGE_INVALID where there are several callers; SAMPLE_TOO_SMALL where no edge has a
 *   policy
 */
export function exportedEdges(
  tuning: Tuning,
  stack?: Pick<Stack, 'isOfHarness'>,
): readonly ExportedEdge[] {
  const edges = edgesOf(tuning, stack);
  const callers = [...new Set(edges.map(({ caller }) => caller))];
  if (callers.length > 1) {
    throw new HarnessError(
      'USAGE_INVALID',
      `a file is of one caller, and there are ${callers.length}: ${callers.slice(0, NAMED_MAX).join(', ')}`,
      { hint: `Write --caller ${callers[0] ?? HARNESS}, say.` },
    );
  }
  const keys = new Set<string>();
  const exported = edges.flatMap((edge) => exportedEdge(edge, keys));
  if (exported.length > 0) return exported;
  throw new HarnessError(
    'SAMPLE_TOO_SMALL',
    `no edge of the ${tuning.traces ? 'traces' : 'runs'} has a timeout that could be exported${seenText(edges)}`,
    { hint: 'callgauge tune says how many more attempts it takes.' },
  );
}

function seenText(edges: readonly EdgeTuning[]): string {
  const seen = edges.map((edge) => `${edgeTitle(edge)} has ${counted(edge.advice.n, 'attempt')}`);
  const more = seen.length > NAMED_MAX ? ', …' : '';
  return seen.length === 0 ? '' : `: ${seen.slice(0, NAMED_MAX).join(', ')}${more}`;
}

function edgesOf({ edges }: Tuning, stack?: Pick<Stack, 'isOfHarness'>): readonly EdgeTuning[] {
  const wanted = stack?.isOfHarness ? 'harness' : 'service';
  const preferred = edges.filter(({ kind }) => kind === wanted);
  return preferred.length > 0 ? preferred : edges;
}

function exportedEdge(edge: EdgeTuning, keys: Set<string>): readonly ExportedEdge[] {
  const { caller, callee, operation, policy, protection, settings } = edge;
  const request = plainRequest(edge.request);
  if (policy === undefined) return [];
  const evidence = settings
    .filter(({ name }) => name !== 'do retries help?')
    .map(({ name, value, restsOn }) => `${name}: ${value} (${restsOn})`);
  const key = freeKey(`${callee}-${operation}`, keys);
  const named = { key, caller, callee, operation, request };
  return [{ ...named, policy, ...(protection && { protection }), evidence }];
}

/** What of a request can stand in any format as it is; '' for the rest. */
function plainRequest(request: EdgeTuning['request']): EdgeTuning['request'] {
  const { httpMethod, path, rpcService, rpcMethod } = request;
  const isRpc = /^[\w.]+$/u.test(rpcService) && /^\w+$/u.test(rpcMethod);
  return {
    httpMethod: /^[A-Z]+$/u.test(httpMethod) ? httpMethod : '',
    path: /^\/[\w./~:{}*@!()'+,=&%-]*$/u.test(path) ? path : '',
    rpcService: isRpc ? rpcService : '',
    rpcMethod: isRpc ? rpcMethod : '',
  };
}

function freeKey(text: string, taken: Set<string>): string {
  const words = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^[^a-z]+/gu, '')
    .slice(0, KEY_MAX)
    .replaceAll(/-+$/gu, '');
  const base = words === '' ? 'calls' : words;
  let key = base;
  for (let i = 2; taken.has(key); i++) key = `${base}-${i}`;
  taken.add(key);
  return key;
}

function aboutText(
  { runs, traces, deadlineNs }: Tuning,
  { title }: Stack,
  edges: readonly EdgeTuning[],
): readonly string[] {
  const caller = edges[0]?.caller ?? '';
  const named = runs.map(({ runId, scenario }) => `${runId} (${scenario})`).join(', ');
  const by = traces ? `the traces of ${timeText(traces)}` : `run ${named}`;
  return [
    `${title}: how ${caller} is to make its calls, as callgauge tune recommends by ${by}.`,
    ...(traces ? traces.doubts.map((text) => `To be known: ${text}`) : []),
    ...(deadlineNs === undefined ? [] : ['The deadline of a call was given.']),
    ...runs.flatMap(({ runId, doubts }) =>
      doubts.map((text) => `To be doubted: ${runId}: ${text}`),
    ),
    ...edges
      .filter(({ policy }) => policy === undefined)
      .map((edge) => `Left out, no timeout is known: ${edgeTitle(edge)}`),
  ];
}

function timeText({ fromEpochMs, toEpochMs }: TunedTraces): string {
  return [fromEpochMs, toEpochMs].map((ms) => new Date(ms).toISOString()).join(' to ');
}
