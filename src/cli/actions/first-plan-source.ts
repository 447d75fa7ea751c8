import { HarnessError, isLoopbackHost, parseRate, requestUrlOf } from '../../core/index.ts';
import {
  planOfOperations,
  planOfUrls,
  validSteps,
  type FirstPlan,
  type SkippedStep,
} from '../../init/index.ts';
import {
  loadDescription,
  operationsOf,
  serverUrls,
  type LoadedDescription,
  type Operations,
  type SkippedOperation,
} from '../../openapi/index.ts';
import type { InitOptions } from '../init-options.ts';

/** What a first scenario is made of, and what of its source it leaves out. */
export interface PlannedSource {
  readonly plan: FirstPlan;
  readonly skipped: readonly SkippedStep[];
  /** Operations of the description; urls. */
  readonly foundCount: number;
  /** Urls of targets that a description names and the user did not: they are not called. */
  readonly unasked: readonly string[];
}

/** By these names descriptions are served. */
const DESCRIPTION_URL =
  /\/(?:openapi|swagger|api-docs|api-json|api-yaml)(?:[.\w-]*\.(?:json|ya?ml))?$/u;

/**
 * Returns the plan for what was named: urls, or one description.
 * @throws USAGE_INVALID, DESCRIPTION_UNREADABLE
 */
export async function plannedSource(
  sources: readonly string[],
  options: InitOptions,
): Promise<PlannedSource> {
  const ratePerSec = rateOf(options.rate);
  const [first = '', ...others] = sources;
  if (!isDescription(first, options)) {
    refuseDescriptionOptions(options);
    const made = planOfUrls(sources);
    return planned({ ...made, ratePerSec }, [], { foundCount: made.steps.length, unasked: [] });
  }
  if (others.length > 0) {
    throw usageError(
      `an OpenAPI description stands alone, got ${others.length} more: ${others.join(', ')}`,
      'Name one description, or URLs that begin with http:// or https://.',
    );
  }
  return ofDescription(await loadDescription(first), options, ratePerSec);
}

function ofDescription(
  loaded: LoadedDescription,
  options: InitOptions,
  ratePerSec: number,
): PlannedSource {
  const { description, readFrom } = loaded;
  const asked = options.url === undefined ? undefined : baseOf(options.url);
  const url = asked ?? serverUrls(description, readFrom)[0];
  if (url === undefined) {
    throw usageError(
      `${description.name} names no server with an http:// or https:// URL`,
      'Say what its paths are behind: --url http://127.0.0.1:8080.',
    );
  }
  const methods = options.method.map((method) => method.toUpperCase());
  const found = operationsOf(description, {
    methods: methods.length === 0 ? ['GET'] : methods,
    tags: options.tag,
    paths: options.path,
    readFrom,
  });
  const limit = limitOf(options.limit);
  const taken = found.operations
    .slice(0, limit)
    .map((operation) => (asked === undefined ? operation : { ...operation, server: undefined }));
  const skipped = [...found.skipped.map(stepOf), ...pastLimit(found, limit)];
  if (taken.length === 0) throw nothingToCall(description.name, found);
  const from = `${description.name} (${description.dialect === '2.0' ? 'Swagger' : 'OpenAPI'} ${description.dialect})`;
  const made = planOfOperations(taken, { title: description.title, from, url });
  const named = [asked, readFrom].flatMap((one) => (one === undefined ? [] : hostOf(one)));
  const unasked = made.targets
    .map((target) => target.url)
    .filter((one) => !isLoopbackHost(hostOf(one)) && !named.includes(hostOf(one)));
  return planned({ ...made, ratePerSec }, skipped, {
    foundCount: found.operations.length + found.skipped.length,
    unasked,
  });
}

/** Steps that no scenario takes are left out, and the targets that only they call. */
function planned(
  plan: FirstPlan,
  skipped: readonly SkippedStep[],
  rest: Pick<PlannedSource, 'foundCount' | 'unasked'>,
): PlannedSource {
  const { valid, invalid } = validSteps(plan);
  if (valid.length === 0) {
    const [worst] = invalid;
    throw usageError(
      `${worst?.step.origin ?? 'nothing'} makes no step: ${worst?.reason ?? ''}`,
      'Name another URL, or other operations.',
    );
  }
  const used = new Set(valid.map(({ target }) => target));
  return {
    ...rest,
    plan: { ...plan, steps: valid, targets: plan.targets.filter(({ name }) => used.has(name)) },
    skipped: [...skipped, ...invalid.map(({ step, reason }) => ({ origin: step.origin, reason }))],
  };
}

function pastLimit({ operations }: Operations, limit: number): readonly SkippedStep[] {
  const reason = `past the first ${limit}: --limit ${operations.length} takes them too`;
  return operations.slice(limit).map((operation) => stepOf({ ...operation, reason }));
}

function stepOf({ method, template, reason }: SkippedOperation): SkippedStep {
  return { origin: `${method} ${template}`, reason };
}

function nothingToCall(name: string, { skipped, pathCount }: Operations): HarnessError {
  const reasons = Object.entries(Object.groupBy(skipped, ({ reason }) => reason)).map(
    ([reason, all = []]) => `${all.length} ${reason}`,
  );
  const why = reasons.length === 0 ? '' : `: ${reasons.slice(0, 5).join('; ')}`;
  return usageError(
    `${name} has no operation to call, of ${skipped.length} on ${pathCount} paths${why}`,
    'Choose others by --tag, --path and --method.',
  );
}

function isDescription(source: string, { openapi }: InitOptions): boolean {
  if (!/^(?:https?:\/\/|unix:)/u.test(source)) return true;
  if (source.startsWith('unix:')) return false;
  return openapi === true || DESCRIPTION_URL.test(URL.parse(source)?.pathname ?? '');
}

function refuseDescriptionOptions({ url, tag, path, method }: InitOptions): void {
  const given = [
    ...(url === undefined ? [] : ['--url']),
    ...(tag.length > 0 ? ['--tag'] : []),
    ...(path.length > 0 ? ['--path'] : []),
    ...(method.length > 0 ? ['--method'] : []),
  ];
  const [first] = given;
  if (first === undefined) return;
  throw usageError(
    `${first} is of an OpenAPI description, and a URL to call was named`,
    `Remove ${first}, or say --openapi where the URL is that of a description.`,
  );
}

function baseOf(text: string): string {
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!isHttp || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usageError(
      `--url must be http:// or https://, host and path, got ${text}`,
      'Write --url http://127.0.0.1:8080/v2, say.',
    );
  return `${url.origin}${url.pathname.replace(/\/+$/u, '')}`;
}

function hostOf(url: string): string {
  return (requestUrlOf(url)?.hostname ?? '').replaceAll(/^\[|\]$/gu, '');
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,3}$/u.test(text)) return Number(text);
  throw usageError(
    `--limit must be a whole number from 1 to 9999, got ${text}`,
    'Write --limit 20.',
  );
}

/** As written: the file says it in the same unit. */
function rateOf(text: string): number {
  const perSec = parseRate(text.includes('/') ? text : `${text}/s`);
  if (perSec !== undefined && perSec >= 1 && perSec <= RATE_PER_SEC_MAX) return perSec;
  throw usageError(
    `--rate must be from 1/s to ${RATE_PER_SEC_MAX}/s, got ${text}`,
    'Write --rate 20/s; raise it in the scenario, once it runs.',
  );
}

/** A first look at a target is no load test. */
const RATE_PER_SEC_MAX = 1_000;

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
