import type { Toxic, ProxySpec } from '../../faults/index.ts';
import { resolveListen, formatEndpoint } from '../endpoint.ts';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import { errorMembers, jsonAnswer, type AdminAnswer } from './admin-answer.ts';
import { ApiError, apiErrorOf, listenError } from './api-error.ts';
import { goAddress } from './go-address.ts';
import { jsonArray, jsonObject } from './json-encoding.ts';
import { decodeProxies, proxyJson, proxySpec } from './proxy-json.ts';
import { jsonBody } from './read-body.ts';
import { decodeToxics } from './toxic-input.ts';

/** What became of a list of proxies that shall stand. */
export interface Populated {
  /** Those that stand as they were asked for, in order; all of them where there is no error. */
  readonly proxies: readonly ProxyState[];
  /** Why those that follow were not touched. */
  readonly error?: ApiError;
}

/** Returns the answer of POST /populate. */
export async function populate(control: ProxyControl, body: Buffer): Promise<AdminAnswer> {
  const { proxies, error } = await populateProxies(control, body, { withToxics: false });
  return jsonAnswer(
    error?.status ?? 201,
    jsonObject([
      ...(error === undefined ? [] : errorMembers(error)),
      ['proxies', proxies.length === 0 ? 'null' : jsonArray(proxies.map(proxyJson))],
    ]),
  );
}

/**
 * Sees to it that the proxies of a JSON array stand, and returns those that do. All of the list is
 * checked before the first one is touched. One that stands with the same addresses is left alone,
 * its toxics too; one with other addresses is replaced. `toxics` in the list are put on where
 * `withToxics` says so; Toxiproxy ignores them.
 */
export async function populateProxies(
  control: ProxyControl,
  body: Buffer,
  options: { readonly withToxics: boolean },
): Promise<Populated> {
  const proxies: ProxyState[] = [];
  try {
    const wanted = decodeProxies(jsonBody(body)).map((input, i) => ({
      spec: proxySpec(input, ` at proxy ${i + 1}`),
      enabled: input.enabled ?? true,
      toxics: options.withToxics ? decodeToxics(input.toxics) : [],
    }));
    for (const { spec, ...rest } of wanted) proxies.push(await stand(control, spec, rest));
    return { proxies };
  } catch (thrown) {
    const error = apiErrorOf(thrown);
    if (error === undefined) throw thrown;
    return { proxies, error };
  }
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

async function stand(
  control: ProxyControl,
  spec: ProxySpec,
  beginning: ProxyBeginning,
): Promise<ProxyState> {
  const existing = (await control.proxies()).find(({ name }) => name === spec.name);
  if (existing === undefined) return createProxy(control, spec, beginning);
  const address = goAddress(spec.listen);
  if (address.fault !== undefined) throw new ApiError(address.fault, 500);
  const listen = formatEndpoint(await resolveListen(address.listen, `listen of ${spec.name}`));
  if (existing.listen === listen && existing.upstream === spec.upstream) return existing;
  await control.remove(spec.name);
  try {
    return await createProxy(control, spec, beginning);
  } catch (error) {
    // As with Toxiproxy the old one stays then, stopped.
    await control.create(existing, { enabled: false, toxics: existing.toxics });
    throw error;
  }
}
