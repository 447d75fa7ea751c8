import { didYouMean, HarnessError, NS_PER_SEC } from '../../core/index.ts';
import type { FaultSpec } from '../../faults/index.ts';
import { referencesBefore } from '../checks/name-checks.ts';
import { kindNamed } from '../protocols/index.ts';
import { hasReference, referencesIn } from '../references.ts';
import type { ReadySpec, Scenario, ServiceSpec, TargetSpec } from '../scenario.ts';
import { targetUrlProblem } from '../target-url.ts';
import { readYaml } from '../yaml-source.ts';
import { AB_SIDES, sideName, type AbSide } from './ab-spec.ts';

/** One of two versions of a target: where it is, or what starts it. */
export type AbVersion = { readonly url: string; readonly command?: never } | AbCommand;

export interface AbCommand {
  readonly url?: never;
  /** Program and arguments; `{port}` in one stands for the port that it is to listen on. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Absent: as the service has it that it replaces, else by taking a connection. */
  readonly ready?: ReadySpec;
}

export type AbVersions = Readonly<Record<AbSide, AbVersion>>;

/** The parts of a scenario that say what runs and where, with two versions of one target. */
export type AbSystem = Pick<Scenario, 'services' | 'proxies' | 'targets' | 'faults'>;

const READY_WITHIN_NS = 10 * NS_PER_SEC;

/**
 * Returns the system of a scenario in which a target stands twice, once for each version. What lies
 * on the way to it does so too: the proxy through which it is called, with its faults, and the
 * service that it is, where commands start both versions.
 * @throws USAGE_INVALID for a version that cannot be called in the target's place
 */
export function withVersions(
  scenario: Scenario,
  target: TargetSpec,
  versions: AbVersions,
): AbSystem {
  const way = wayTo(scenario, target);
  const sides = AB_SIDES.map((side) => placed({ scenario, target, way }, versions[side], side));
  const left = replacedBy(scenario, target, way);
  return {
    services: spliced(scenario.services, left.service, ({ services }) => services, sides),
    proxies: spliced(scenario.proxies, left.proxy, ({ proxies }) => proxies, sides),
    targets: spliced(scenario.targets, target.name, (side) => [side.target], sides),
    faults: scenario.faults.flatMap((fault) => faultsOn(fault, { way, left, sides })),
  };
}

/** What a target is called through, and the service that it is; undefined for none. */
interface Way {
  readonly proxy: Scenario['proxies'][number] | undefined;
  readonly service: ServiceSpec | undefined;
}

interface Place {
  readonly scenario: Scenario;
  readonly target: TargetSpec;
  readonly way: Way;
}

/** What one version adds to the system. */
interface PlacedVersion {
  readonly side: AbSide;
  readonly target: TargetSpec;
  readonly services: readonly ServiceSpec[];
  readonly proxies: Scenario['proxies'];
}

function wayTo({ services, proxies }: Scenario, { url }: TargetSpec): Way {
  const proxy = proxies.find(({ name }) => name === nameIn(url, 'proxies'));
  const name = nameIn(proxy?.upstream ?? url, 'services');
  return { proxy, service: services.find((service) => service.name === name) };
}

function nameIn(text: string, kind: 'services' | 'proxies'): string | undefined {
  const found = referencesIn(text).references.find((reference) => reference.kind === kind);
  return found?.name;
}

function placed(place: Place, version: AbVersion, side: AbSide): PlacedVersion {
  const { scenario, target, way } = place;
  const { url: _url, endpoints: _endpoints, balance: _balance, ...rest } = target;
  const named = (url: string): TargetSpec => ({ ...rest, name: sideName(target.name, side), url });
  if (version.command === undefined) checkUrl(version.url, place, side);
  const service = version.command && serviceOf(place, version, side);
  const services = service === undefined ? [] : [service];
  if (way.proxy !== undefined) {
    const name = freeName(way.proxy.name, side, scenario.proxies);
    const upstream = service ? `\${services.${service.name}.address}` : upstreamOf(version, side);
    // Two cannot listen on one port.
    const listen = way.proxy.listen.replace(/:\d+$/u, ':0');
    const proxies = [{ ...way.proxy, name, listen, upstream }];
    const url = renamed(target.url, 'proxies', way.proxy.name, name);
    return { side, target: named(url), services, proxies };
  }
  if (service === undefined)
    return { side, target: named(version.url ?? ''), services, proxies: [] };
  const url = way.service
    ? renamed(target.url, 'services', way.service.name, service.name)
    : `\${services.${service.name}.url}${pathOf(target, side)}`;
  return { side, target: named(url), services, proxies: [] };
}

function serviceOf(
  { scenario, target, way }: Place,
  version: AbCommand,
  side: AbSide,
): ServiceSpec {
  const { service } = way;
  const name = freeName(service?.name ?? target.name, side, scenario.services);
  const { command, cwd, ready = service?.ready ?? ({ by: 'tcp' } as const) } = version;
  const own = (text: string): string =>
    service === undefined ? text : renamed(text, 'services', service.name, name);
  const env = Object.entries(service?.env ?? {});
  return {
    name,
    command: command.map((word) => word.replaceAll('{port}', () => `\${services.${name}.port}`)),
    cwd,
    env: Object.fromEntries(env.map(([variable, value]) => [variable, own(value)])),
    ready,
    readyWithinNs: service?.readyWithinNs ?? READY_WITHIN_NS,
  };
}

function checkUrl(url: string, { scenario, target }: Place, side: AbSide): void {
  const { problems, references } = referencesIn(url);
  if (problems.length > 0) {
    const [problem] = problems;
    throw usageError(`--${side}: ${problem?.message ?? ''}, got ${url}`, problem?.hint ?? '');
  }
  for (const { kind, name, text } of references) {
    if (kind === 'env') continue;
    const names = scenario[kind].map((one) => one.name);
    if (names.includes(name)) continue;
    throw usageError(
      `--${side}: ${text} names nothing${didYouMean(name, names)}, got ${url}`,
      names.length === 0
        ? `The scenario has no ${kind}: write --${side} http://127.0.0.1:8080, say.`
        : `Its ${kind} are ${names.join(', ')}.`,
    );
  }
  if (hasReference(url)) return;
  const schemes = kindNamed(target.protocol ?? 'http1').schemes;
  const problem =
    targetUrlProblem(url, schemes) ??
    (target.tls !== undefined && !url.startsWith('https://')
      ? `must begin with https://, as the target ${target.name} has tls`
      : undefined);
  if (problem === undefined) return;
  throw usageError(
    `--${side} ${problem}, got ${url}`,
    `Write --${side} http://127.0.0.1:8080, say.`,
  );
}

/** A proxy passes on bytes: what it is told of its upstream is an address. */
function upstreamOf({ url = '' }: AbVersion, side: AbSide): string {
  const service = /^\$\{services\.([\w-]+)\.url\}\/?$/u.exec(url);
  if (service !== null) return `\${services.${service[1] ?? ''}.address}`;
  const parsed = url.startsWith('http://') ? URL.parse(url) : null;
  if (parsed !== null && parsed.pathname === '/') {
    return `${parsed.hostname}:${parsed.port === '' ? '80' : parsed.port}`;
  }
  throw usageError(
    `--${side} must be http://host:port, as the target is called through a proxy, got ${url}`,
    'Leave out the path and https, or name the version in a scenario without the proxy.',
  );
}

/** Of a target that is no service: the path of its url, which a server of ours is asked for too. */
function pathOf({ name, url, tls }: TargetSpec, side: AbSide): string {
  if (hasReference(url)) return '';
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'http:' && tls === undefined) return parsed.pathname.replace(/\/$/u, '');
  throw usageError(
    `--${side}-command starts a server that is called over http://, and the target ${name} is ${url}`,
    `Start the versions yourself and name them with --a and --b.`,
  );
}

/** Returns what the versions take the place of: what nothing else of the scenario speaks of. */
function replacedBy(
  { source }: Scenario,
  target: TargetSpec,
  { proxy, service }: Way,
): { readonly proxy: string | undefined; readonly service: string | undefined } {
  const places = [
    ['targets', target.name],
    ['proxies', proxy?.name ?? ''],
    ['services', service?.name ?? ''],
  ];
  const others = referencesBefore(readYaml(source.text).value).filter(
    ({ path }) => !places.some(([section, name]) => path[0] === section && path[1] === name),
  );
  const isUsed = (kind: 'services' | 'proxies', name: string): boolean =>
    others.some(({ reference }) => reference.kind === kind && reference.name === name);
  const proxyName = proxy === undefined || isUsed('proxies', proxy.name) ? undefined : proxy.name;
  const isLeft = proxy === undefined || proxyName !== undefined;
  const isFree = service !== undefined && isLeft && !isUsed('services', service.name);
  return { proxy: proxyName, service: isFree ? service.name : undefined };
}

/** How the parts that are left out, and those in their place, were named. */
interface Replacement {
  readonly way: Way;
  readonly left: ReturnType<typeof replacedBy>;
  readonly sides: readonly PlacedVersion[];
}

/** A fault on the way to the target is made to both versions at once. */
function faultsOn(fault: FaultSpec, { way, left, sides }: Replacement): readonly FaultSpec[] {
  if (fault.process === undefined) {
    if (fault.proxy !== way.proxy?.name) return [fault];
    const both = sides.map(({ side, proxies: [proxy] }) => ({
      ...fault,
      name: sideName(fault.name, side),
      proxy: proxy?.name ?? '',
    }));
    return left.proxy === undefined ? [fault, ...both] : both;
  }
  if (fault.process.service === undefined || fault.process.service !== left.service) return [fault];
  return sides.map(({ side, services: [service] }) => {
    if (service === undefined) {
      throw usageError(
        `the fault ${fault.name} acts on the service ${left.service}, in whose place --${side} names one that this run does not start`,
        `Start both versions with --a-command and --b-command, or remove the fault.`,
      );
    }
    return { ...fault, name: sideName(fault.name, side), process: { service: service.name } };
  });
}

function spliced<T extends { readonly name: string }>(
  all: readonly T[],
  replaced: string | undefined,
  of: (side: PlacedVersion) => readonly T[],
  sides: readonly PlacedVersion[],
): readonly T[] {
  const added = sides.flatMap(of);
  if (replaced === undefined) return [...all, ...added];
  return all.flatMap((one) => (one.name === replaced ? added : [one]));
}

/** Returns a name that references can hold and nothing else has: `orders-a`. */
function freeName(name: string, side: AbSide, taken: readonly { readonly name: string }[]): string {
  let free = `${name}-${side}`;
  while (taken.some((one) => one.name === free)) free += `-${side}`;
  return free;
}

function renamed(text: string, kind: 'services' | 'proxies', from: string, to: string): string {
  return text.replaceAll(`\${${kind}.${from}.`, () => `\${${kind}.${to}.`);
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
