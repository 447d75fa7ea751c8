import { HarnessError } from '../../core/index.ts';
import type { Toxic, ProxySpec } from '../../faults/index.ts';
import { resolveListen, formatEndpoint } from '../endpoint.ts';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import { errorMembers, jsonAnswer, type AdminAnswer } from './admin-answer.ts';
import { ApiError, apiErrorOf, listenError } from './api-error.ts';
import { goAddress } from './go-address.ts';
import { jsonArray, jsonObject } from './json-encoding.ts';
import { proxyJson } from './proxy-json.ts';
import { readPopulation, type WantedProxy } from './proxy-list.ts';

/** What became of a list of proxies that shall stand. */
export interface Populated {
  /** Those that stand as they were asked for, in order; all of them where there is no error. */
  readonly proxies: readonly ProxyState[];
  /** Why those that follow were not touched. */
  readonly error?: ApiError;
}

/**
 * Returns the answer of POST /populate. All of the list is checked before the first of its proxies is
 * touched.
 */
export async function populate(control: ProxyControl, body: Buffer): Promise<AdminAnswer> {
  const { proxies, error } = await populateWith(control, body);
  return jsonAnswer(
    error?.status ?? 201,
    jsonObject([
      ...(error === undefined ? [] : errorMembers(error)),
      ['proxies', proxies.length === 0 ? 'null' : jsonArray(proxies.map(proxyJson))],
    ]),
  );
}

async function populateWith(control: ProxyControl, body: Buffer): Promise<Populated> {
  try {
    return await standProxies(control, readPopulation(body));
  } catch (thrown) {
    const error = apiErrorOf(thrown);
    if (error === undefined) throw thrown;
    return { proxies: [], error };
  }
}

/**
 * Sees to it that the proxies stand, one after the other up to the first that cannot, and returns
 * those that do. One that stands with the same addresses is left alone, its toxics too; one with
 * others, or another `protocol` or `callerFaults` where the list says one, is replaced.
 */
export async function standProxies(
  control: ProxyControl,
  wanted: readonly WantedProxy[],
): Promise<Populated> {
  const proxies: ProxyState[] = [];
  for (const proxy of wanted) {
    try {
      proxies.push(await stand(control, proxy));
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      if (error === undefined) throw thrown;
      return { proxies, error: error.within(proxy.place) };
    }
  }
  return { proxies };
}

/** How a proxy begins. */
export interface ProxyBeginning {
  readonly enabled: boolean;
  readonly toxics: readonly Toxic[];
}

/**
 * Makes a proxy.
 * @throws ApiError 500 in Go's words where its address cannot be listened on, and what the control throws.
 */
export async function createProxy(
  control: ProxyControl,
  spec: ProxySpec,
  beginning: ProxyBeginning,
): Promise<ProxyState> {
  // The address of a proxy that does not listen yet is kept as it was given, as Toxiproxy does.
  if (!beginning.enabled) return control.create(spec, beginning);
  const address = goAddress(spec.listen);
  if (address.fault !== undefined) throw new ApiError(`listen tcp: ${address.fault}`, 500);
  try {
    return await control.create({ ...spec, listen: address.listen }, beginning);
  } catch (error) {
    throw await listenError(error, address.listen);
  }
}

/** Returns the proxy of this name; undefined where there is none. */
export async function proxyIfAny(
  control: ProxyControl,
  name: string,
): Promise<ProxyState | undefined> {
  try {
    return await control.proxy(name);
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'PROXY_NOT_FOUND') return undefined;
    throw error;
  }
}

async function stand(control: ProxyControl, wanted: WantedProxy): Promise<ProxyState> {
  const existing = await proxyIfAny(control, wanted.spec.name);
  if (existing === undefined) return createProxy(control, wanted.spec, wanted);
  const spec = specBeside(existing, wanted);
  if (isAsAsked(existing, { ...spec, listen: await resolved(spec.listen) })) return existing;
  await control.remove(spec.name);
  try {
    return await createProxy(control, spec, wanted);
  } catch (error) {
    // As with Toxiproxy the old one stays then, stopped.
    await control.create(existing, { enabled: false, toxics: existing.toxics });
    throw error;
  }
}

/** A client of Toxiproxy does not know what is callgauge's own: what it does not say stays. */
function specBeside(existing: ProxyState, { spec, said }: WantedProxy): ProxySpec {
  const protocol = said.protocol ?? existing.protocol;
  const asksCallers = said.callerFaults ?? existing.callerFaults;
  return { ...spec, protocol, callerFaults: protocol === 'http' && asksCallers };
}

function isAsAsked(existing: ProxyState, spec: ProxySpec): boolean {
  const keys = ['listen', 'upstream', 'protocol', 'callerFaults'] as const;
  return keys.every((key) => existing[key] === spec[key]);
}

/** @throws ApiError 500 in Go's words where the address is none. */
async function resolved(listen: string): Promise<string> {
  const address = goAddress(listen);
  if (address.fault !== undefined) throw new ApiError(address.fault, 500);
  try {
    return formatEndpoint(await resolveListen(address.listen, 'listen'));
  } catch (error) {
    throw await listenError(error, address.listen, 'resolve');
  }
}
