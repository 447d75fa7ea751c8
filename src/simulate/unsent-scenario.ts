import type { CallSpec, FlowNode, FlowSpec, Scenario, StepSpec } from '../scenario/index.ts';

/**
 * Returns a scenario whose calls are made and never sent: what they would send is empty, and
 * nothing of an answer is read, since a model answers with an outcome, a status and a time, and has
 * no body. What it says of checks is in the outcome.
 */
export function unsentScenario(scenario: Scenario): Scenario {
  const {
    setup: _setup,
    teardown: _teardown,
    hooks: _hooks,
    cookies: _cookies,
    ...rest
  } = scenario;
  const { feeders: _feeders, ...unsent } = rest;
  return {
    ...unsent,
    services: [],
    proxies: [],
    faults: [],
    flows: scenario.flows.map(unsentFlow),
  };
}

/** Returns whether a flow calls hooks, which are not run where nothing is sent. */
export function callsHooks({ body = [] }: FlowSpec): boolean {
  return body.some((node) => hasHook(node));
}

function hasHook(node: FlowNode): boolean {
  switch (node.kind) {
    case 'hook':
      return true;
    case 'parallel':
      return node.branches.flat().some(hasHook);
    case 'choose':
      return node.options.some(({ body }) => body.some(hasHook));
    case 'repeat':
      return node.body.some(hasHook);
    case 'step':
    case 'think':
      return false;
  }
}

function unsentFlow({ body, ...flow }: FlowSpec): FlowSpec {
  return { ...flow, steps: flow.steps.map(unsentStep), ...(body && { body: withoutHooks(body) }) };
}

function withoutHooks(body: readonly FlowNode[]): readonly FlowNode[] {
  return body.flatMap((node): readonly FlowNode[] => {
    switch (node.kind) {
      case 'hook':
        return [];
      case 'parallel':
        return [{ ...node, branches: node.branches.map(withoutHooks) }];
      case 'choose':
        return [
          {
            ...node,
            options: node.options.map((one) => ({ ...one, body: withoutHooks(one.body) })),
          },
        ];
      case 'repeat':
        return [{ ...node, body: withoutHooks(node.body) }];
      case 'step':
      case 'think':
        return [node];
    }
  });
}

function unsentStep({ checks: _checks, captures: _captures, call, ...step }: StepSpec): StepSpec {
  return { ...step, call: unsentCall(call) };
}

/** The method stays, also one that a recording fills in: it says what may be made twice. */
function unsentCall(call: CallSpec): CallSpec {
  const { path, headers, templates } = call.request;
  const method = templates?.method;
  if (method === undefined) return withRequest(call, { path, headers, body: '' });
  const empty = { path: [path], headers: [], body: [] };
  return withRequest(call, { path, headers: [], body: '', templates: { ...empty, method } });
}

function withRequest(call: CallSpec, request: CallSpec['request']): CallSpec {
  if (call.protocol !== 'http') return { ...call, request };
  const { redirects: _redirects, ...rest } = call;
  return { ...rest, request };
}
