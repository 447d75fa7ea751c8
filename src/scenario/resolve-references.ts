import { HarnessError, isUnixUrl } from '../core/index.ts';
import { parseAddress, type Address } from './address.ts';
import { deepFreeze } from './deep-freeze.ts';
import { allEntries } from './flow-walk.ts';
import { locationText, subjectOf, type Part, type Path, type Position } from './problem.ts';
import { kindNamed, PROTOCOL_KINDS } from './protocols/index.ts';
import { splitRequestLine } from './protocols/request-line.ts';
import { hasReference, referencesIn, type AddressField, type Reference } from './references.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { PlannedScenario } from './ready-scenario.ts';
import type { Scenario, TargetSpec } from './scenario.ts';
import { templateText } from './template.ts';
import { resolveFlow, type StepResolver } from './resolve-flow.ts';
import { valueAt } from './select.ts';
import { endpointProblem, targetUrlProblem } from './target-url.ts';
import { viaUrlProblem } from './via-url.ts';
import { readYaml } from './yaml-source.ts';

/** What references stand for. A kind that is left out is not filled in yet. */
export interface ReferenceValues {
  readonly services?: Readonly<Record<string, Address>>;
  readonly proxies?: Readonly<Record<string, Address>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the scenario with its references filled in, deeply frozen. What `values` does not hold
 * stays as it is, so that it can be done in steps: services and env first, which gives the proxies
 * their upstreams; then, once those listen, the proxies. A text whose last reference is filled in
 * is checked again.
 *
 * @throws SCENARIO_REFERENCE for an environment variable that is not set and has no default.
 * @throws SCENARIO_INVALID for a value that its location in the scenario does not allow.
 */
export function resolveReferences<S extends Scenario | PlannedScenario>(
  scenario: S,
  values: ReferenceValues,
): S {
  const fill: Fill = (text, path, problemOf, isOpen = hasReference(text)) => {
    if (!isOpen) return text;
    const filled = fillIn(text, (reference) =>
      valueOf(reference, values, scenario, () => ({ path, from: 0 })),
    );
    const isFilled = referencesIn(filled).references.length === 0;
    const problem = isFilled ? problemOf(filled) : undefined;
    if (problem === undefined) return filled;
    const location = locationOf(scenario, path, 'value');
    throw new HarnessError(
      'SCENARIO_INVALID',
      `${subjectOf(path)} ${problem}, got ${shownValue(text, filled)} (${location})`,
      { hint: 'Change the value that the reference stands for.' },
    );
  };
  const steps: StepResolver = {
    valueOf: (reference, path) => {
      const value = valueOf(reference, values, scenario, () => stepPlace(scenario, path));
      return value === reference.text ? undefined : value;
    },
    refuse: (problem, path, template) => {
      const at = stepPlace(scenario, path).path;
      throw new HarnessError(
        'SCENARIO_INVALID',
        `${path.at(-1) ?? ''} ${problem}, got the value of ${templateText(template)} (${locationOf(scenario, at, 'value')})`,
        { hint: 'Change the value that the reference stands for.' },
      );
    },
  };
  return deepFreeze({
    ...scenario,
    services: scenario.services.map((service) => ({
      ...service,
      command: service.command.map((argument, i) =>
        fill(argument, ['services', service.name, 'command', i], anyText),
      ),
      env: Object.fromEntries(
        Object.entries(service.env).map(([name, value]) => [
          name,
          fill(value, ['services', service.name, 'env', name], anyText),
        ]),
      ),
    })),
    targets: scenario.targets.map((target) => ({
      ...target,
      ...resolveUrls(target, fill),
      ...resolveConnection(target, fill),
    })),
    proxies: scenario.proxies.map((proxy) => ({
      ...proxy,
      upstream: fill(proxy.upstream, ['proxies', proxy.name, 'upstream'], upstreamProblem),
    })),
    flows: scenario.flows.map((flow) => resolveFlow(flow, steps)),
    ...(scenario.setup && { setup: resolveFlow(scenario.setup, steps) }),
    ...(scenario.teardown && { teardown: resolveFlow(scenario.teardown, steps) }),
  });
}

/** The urls of a target are held against each other once more: now they are all known. */
function resolveUrls(target: TargetSpec, fill: Fill): Pick<TargetSpec, 'url' | 'endpoints'> {
  const { name, endpoints } = target;
  const ofTarget = (url: string): string | undefined => urlProblem(url, target);
  const url = fill(target.url, ['targets', name, 'url'], ofTarget);
  if (!endpoints) return { url };
  const filled: string[] = [];
  for (const [i, endpoint] of endpoints.entries()) {
    const before = [url, ...filled];
    const isOpen = [target.url, ...endpoints.slice(0, i + 1)].some(hasReference);
    const problemOf = (text: string): string | undefined =>
      ofTarget(text) ?? endpointProblem(text, before)?.message;
    filled.push(fill(endpoint, ['targets', name, 'endpoints', i], problemOf, isOpen));
  }
  return { url, endpoints: filled };
}

function resolveConnection({ name, via, tls }: TargetSpec, fill: Fill): ConnectionOptions {
  const ofTls = (key: 'ca' | 'cert' | 'key' | 'passphrase'): string =>
    fill(tls?.[key] ?? '', ['targets', name, 'tls', key], anyText);
  return {
    ...(via === undefined ? {} : { via: fill(via, ['targets', name, 'via'], viaUrlProblem) }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...tls,
            ca: ofTls('ca'),
            cert: ofTls('cert'),
            key: ofTls('key'),
            passphrase: ofTls('passphrase'),
          },
        }),
  };
}

/** `isOpen`: whether it is checked once more; absent: where it holds a reference. */
type Fill = (
  text: string,
  path: Path,
  problemOf: (text: string) => string | undefined,
  isOpen?: boolean,
) => string;

/** Where the file has a text: at which path, and from which character of what is there. */
interface Place {
  readonly path: Path;
  readonly from: number;
}

/**
 * Returns the place in the file of a part of a step: `path` is its name, and the part from there.
 */
function stepPlace(scenario: Scenario, path: Path): Place {
  const [name, ...inside] = path;
  const file = readYaml(scenario.source.text).value;
  const entry = allEntries(file).find(({ value }) => valueAt(value, ['step']) === name);
  if (!entry) return { path, from: 0 };
  const kind = PROTOCOL_KINDS.find((one) => valueAt(entry.value, [one.name]) !== undefined);
  const [part, ...below] = inside;
  const own = valueAt(entry.value, [kind?.name ?? '']);
  if (typeof own === 'string' && part === 'path') {
    const from = own.length - splitRequestLine(own).path.length;
    return { path: [...entry.path, kind?.name ?? ''], from };
  }
  const keys = Object.entries(kind?.parts ?? {}).find(([known]) => known === part)?.[1] ?? [];
  const key = keys.find((one) => valueAt(entry.value, [kind?.name ?? '', one]) !== undefined);
  if (key === undefined) return { path: [...entry.path, ...inside], from: 0 };
  return { path: [...entry.path, kind?.name ?? '', key, ...below], from: 0 };
}

function fillIn(text: string, valueOfReference: (reference: Reference) => string): string {
  let filled = '';
  let from = 0;
  for (const reference of referencesIn(text).references) {
    filled += text.slice(from, reference.character) + valueOfReference(reference);
    from = reference.character + reference.text.length;
  }
  return filled + text.slice(from);
}

function valueOf(
  reference: Reference,
  values: ReferenceValues,
  scenario: Scenario,
  place: () => Place,
): string {
  if (reference.kind === 'env') {
    if (!values.env) return reference.text;
    const { name, fallback } = reference;
    const value = Object.hasOwn(values.env, name) ? values.env[name] : undefined;
    // As in a shell, `:-` also stands in for a variable that is empty.
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value !== undefined) return value;
    const { path, from } = place();
    const position = positionOf(scenario, path, { character: from + reference.character });
    const { file } = scenario.source;
    const message = `the environment variable ${reference.name} must be set, and is not`;
    const hint = `Set ${reference.name}, or write a default: \${env.${reference.name}:-value}.`;
    const location = locationText(file, { path, position });
    throw new HarnessError('SCENARIO_REFERENCE', `${message} (${location})`, {
      hint,
      problems: [{ file, message, hint, path, position }],
    });
  }
  const addresses = values[reference.kind];
  if (!addresses) return reference.text;
  const address = addresses[reference.name];
  if (address) return fieldOf(address, reference.field);
  // The names in the file were checked when it was parsed: this one came out of a variable.
  const location = locationOf(scenario, place().path, 'value');
  throw new HarnessError('SCENARIO_REFERENCE', `${reference.text} names nothing (${location})`, {
    hint: 'Keep references out of environment variables.',
  });
}

function fieldOf({ host, port }: Address, field: AddressField): string {
  switch (field) {
    case 'host':
      return host;
    case 'port':
      return String(port);
    case 'address':
      return `${host}:${port}`;
    case 'url':
    default:
      return `http://${host}:${port}`;
  }
}

function locationOf(scenario: Scenario, path: Path, part: Part): string {
  return locationText(scenario.source.file, { path, position: positionOf(scenario, path, part) });
}

/** The file is read once more: locations are wanted only when something is wrong. */
function positionOf({ source }: Scenario, path: Path, part: Part): Position {
  return readYaml(source.text).positionOf(path, part);
}

function anyText(text: string): string | undefined {
  return text.includes('\0') ? 'must hold no NUL character' : undefined;
}

/** Connections to an http url would not be what `tls` asks for. */
function urlProblem(url: string, { tls, via, protocol = 'http1' }: TargetSpec): string | undefined {
  const problem = targetUrlProblem(url, kindNamed(protocol).schemes);
  if (via !== undefined && isUnixUrl(url)) return problem ?? 'must not begin with unix: beside via';
  if (problem !== undefined || tls === undefined) return problem;
  return url.startsWith('https://') ? undefined : 'must begin with https:// beside tls';
}

function upstreamProblem(text: string): string | undefined {
  return parseAddress(text)?.port ? undefined : 'must be host:port';
}

/** A value of the environment may be a secret: where one is in it, only the variable is named. */
function shownValue(text: string, filled: string): string {
  const fromEnv = referencesIn(text).references.some(({ kind }) => kind === 'env');
  if (text === filled) return JSON.stringify(text);
  return fromEnv ? `the value of ${text}` : `${JSON.stringify(filled)} from ${text}`;
}
