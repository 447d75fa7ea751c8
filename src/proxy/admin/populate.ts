import { HarnessError } from '../../core/index.ts';
import type { Toxic, ProxySpec } from '../../toxics/index.ts';
import { resolveListen, formatEndpoint } from '../endpoint.ts';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import { type AdminAnswer, errorMembers, jsonAnswer } from './admin-answer.ts';
import { ApiError, apiErrorOf, listenError } from './api-error.ts';
import { goAddress } from './go-address.ts';
import { jsonArray, jsonObject } from './admin-json.ts';
import { proxyJson, readPopulation, type WantedProxy } from './proxy-json.ts';

/** The outcome of populating a list of proxies. */
export interface Populated {
  /** The proxies that are as the list wants them, in its order; all of them without an error. */
  readonly proxies: readonly ProxyState[];
  /** Why those that follow were not touched. */
  readonly error?: ApiError;
}

/**
 * Returns the answer of POST /populate. All of the list is checked before the first of its proxies
 * is touched.
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
    return await populateProxies(control, readPopulation(body));
  } catch (thrown) {
    const error = apiErrorOf(thrown);
    if (error === undefined) throw thrown;
    return { proxies: [], error };
  }
}

/**
 * Creates or replaces the proxies of a list in order, up to the first that fails, and returns those
 * that succeeded. An existing one with the same addresses is left alone, its toxics too; one with
 * others, or another `protocol` or `callerFaults` where the list says one, is replaced.
 */
export async function populateProxies(
  control: ProxyControl,
  wanted: readonly WantedProxy[],
): Promise<Populated> {
  const proxies: ProxyState[] = [];
  for (const proxy of wanted) {
    try {
      proxies.push(await populateOne(control, proxy));
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      if (error === undefined) throw thrown;
      return { proxies, error: error.within(proxy.location) };
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
 * @throws ApiError 500 in Go's words where its address cannot be listened on, and what the control
 * throws.
 */
export async function createProxy(
  control: ProxyControl,
  spec: ProxySpec,
  beginning: ProxyBeginning,
): Promise<ProxyState> {
  // The address of a proxy that does not listen yet is kept as it was given, as Toxiproxy does.
  if (!beginning.enabled) return control.create(spec, beginning);
  const address = goAddress(spec.listen);
  if (address.problem !== undefined) {
    throw new ApiError(`listen tcp: ${address.problem}`, 500, {
      hint: 'Write listen as host:port, with a port from 0 to 65535.',
    });
  }
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

async function populateOne(control: ProxyControl, wanted: WantedProxy): Promise<ProxyState> {
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

/** @throws ApiError 500 in Go's words for an invalid address. */
async function resolved(listen: string): Promise<string> {
  const address = goAddress(listen);
  if (address.problem !== undefined) throw new ApiError(address.problem, 500);
  try {
    return formatEndpoint(await resolveListen(address.listen, 'listen'));
  } catch (error) {
    throw await listenError(error, address.listen, 'resolve');
  }
}
