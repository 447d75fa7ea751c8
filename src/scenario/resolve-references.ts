import { HarnessError } from '../core/index.ts';
import { parseAddress, type Address } from './address.ts';
import { deepFreeze } from './deep-freeze.ts';
import { allEntries } from './flow-walk.ts';
import { placeText, type Part, type Path } from './problem.ts';
import { hasReference, referencesIn, type AddressField, type Reference } from './references.ts';
import type { ReachSpec } from './reach-spec.ts';
import type { Scenario, TargetSpec } from './scenario.ts';
import { templateText } from './template.ts';
import { resolveFlow, type StepResolver } from './resolve-flow.ts';
import { valueAt } from './select.ts';
import { targetUrlFault } from './target-url.ts';
import { viaUrlFault } from './via-url.ts';
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
 * their upstreams; then, once those listen, the proxies. A text whose last reference is filled in is
 * checked again.
 *
 * @throws SCENARIO_REFERENCE for an environment variable that is not set and has no default.
 * @throws SCENARIO_INVALID for a value that its place in the scenario does not allow.
 */
export function resolveReferences(scenario: Scenario, values: ReferenceValues): Scenario {
  const fill = (
    text: string,
    path: Path,
    faultOf: (text: string) => string | undefined,
  ): string => {
    if (!hasReference(text)) return text;
    const filled = fillIn(text, (reference) => valueOf(reference, values, scenario, () => path));
    const isFilled = referencesIn(filled).references.length === 0;
    const fault = isFilled ? faultOf(filled) : undefined;
    if (fault === undefined) return filled;
    const place = placeOf(scenario, path, 'value');
    throw new HarnessError(
      'SCENARIO_INVALID',
      `${path.at(-1) ?? ''} ${fault}, got ${shownValue(text, filled)} (${place})`,
      { hint: 'Change the value that the reference stands for.' },
    );
  };
  const steps: StepResolver = {
    valueOf: (reference, path) => {
      const value = valueOf(reference, values, scenario, () => stepPath(scenario, path));
      return value === reference.text ? undefined : value;
    },
    refuse: (fault, path, template) => {
      const at = stepPath(scenario, path);
      throw new HarnessError(
        'SCENARIO_INVALID',
        `${path.at(-1) ?? ''} ${fault}, got the value of ${templateText(template)} (${placeOf(scenario, at, 'value')})`,
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
      url: fill(target.url, ['targets', target.name, 'url'], (url) => urlFault(url, target)),
      ...resolveReach(target, fill),
    })),
    proxies: scenario.proxies.map((proxy) => ({
      ...proxy,
      upstream: fill(proxy.upstream, ['proxies', proxy.name, 'upstream'], upstreamFault),
    })),
    flows: scenario.flows.map((flow) => resolveFlow(flow, steps)),
    ...(scenario.setup && { setup: resolveFlow(scenario.setup, steps) }),
    ...(scenario.teardown && { teardown: resolveFlow(scenario.teardown, steps) }),
  });
}

function resolveReach({ name, via, tls }: TargetSpec, fill: Fill): ReachSpec {
  const ofTls = (key: 'ca' | 'cert' | 'key' | 'passphrase'): string =>
    fill(tls?.[key] ?? '', ['targets', name, 'tls', key], anyText);
  return {
    ...(via === undefined ? {} : { via: fill(via, ['targets', name, 'via'], viaUrlFault) }),
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

type Fill = (text: string, path: Path, faultOf: (text: string) => string | undefined) => string;

/** Returns where the step of that name stands in the file, for a place in one of its texts. */
function stepPath(scenario: Scenario, path: Path): Path {
  const [name, ...inside] = path;
  const file = readYaml(scenario.source.text).value;
  const entry = allEntries(file).find(({ value }) => valueAt(value, ['step']) === name);
  if (!entry) return path;
  if (valueAt(entry.value, ['grpc']) !== undefined) {
    const last = inside.at(-1) === 'body' ? messagesKey(entry.value) : 'metadata';
    return [...entry.path, 'grpc', last, ...(last === 'metadata' ? inside.slice(2) : [])];
  }
  const isJson = inside.at(-1) === 'body' && valueAt(entry.value, ['http', 'body']) === undefined;
  return [...entry.path, ...(isJson ? ['http', 'json'] : inside)];
}

function messagesKey(entry: unknown): string {
  return valueAt(entry, ['grpc', 'messages']) === undefined ? 'message' : 'messages';
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
  path: () => Path,
): string {
  if (reference.kind === 'env') {
    if (!values.env) return reference.text;
    const { name, fallback } = reference;
    const value = Object.hasOwn(values.env, name) ? values.env[name] : undefined;
    // As in a shell, `:-` also stands in for a variable that is empty.
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value !== undefined) return value;
    const place = placeOf(scenario, path(), reference);
    throw new HarnessError(
      'SCENARIO_REFERENCE',
      `the environment variable ${reference.name} must be set, and is not (${place})`,
      { hint: `Set ${reference.name}, or write a default: \${env.${reference.name}:-value}.` },
    );
  }
  const addresses = values[reference.kind];
  if (!addresses) return reference.text;
  const address = addresses[reference.name];
  if (address) return fieldOf(address, reference.field);
  // The names in the file were checked when it was parsed: this one came out of a variable.
  const place = placeOf(scenario, path(), 'value');
  throw new HarnessError('SCENARIO_REFERENCE', `${reference.text} names nothing (${place})`, {
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

/** The file is read once more: places are wanted only when something is wrong. */
function placeOf(scenario: Scenario, path: Path, part: Part): string {
  const { file, text } = scenario.source;
  return placeText(file, { path, position: readYaml(text).positionOf(path, part) });
}

function anyText(text: string): string | undefined {
  return text.includes('\0') ? 'must hold no NUL character' : undefined;
}

/** Connections to an http url would not be what `tls` asks for. */
function urlFault(url: string, { tls }: TargetSpec): string | undefined {
  const fault = targetUrlFault(url);
  if (fault !== undefined || tls === undefined) return fault;
  return url.startsWith('https://') ? undefined : 'must begin with https:// beside tls';
}

function upstreamFault(text: string): string | undefined {
  return parseAddress(text)?.port ? undefined : 'must be host:port';
}

/** A value of the environment may be a secret: where one is in it, only the variable is named. */
function shownValue(text: string, filled: string): string {
  const fromEnv = referencesIn(text).references.some(({ kind }) => kind === 'env');
  return fromEnv ? `the value of ${text}` : `${JSON.stringify(filled)} from ${text}`;
}
