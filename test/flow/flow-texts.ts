import { Answer, compileFlows, type CompiledFlows, type Scope } from '../../src/flow/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';

/** Returns the compiled flows of a scenario whose parts besides flows do not matter. */
export function flowsOf(text: string, seed = 1): CompiledFlows {
  return compileFlows(asReady(parseScenario(fileOf(text, seed), 'flows.yaml')));
}

/** Returns a whole scenario file around some sections. */
export function fileOf(text: string, seed = 1): string {
  return `name: flows
seed: ${seed}
targets: { orders: { url: "http://127.0.0.1:7101" } }
load: [{ phase: steady, users: 1, for: 1s${text.includes('\n  second:') ? ', flow: first' : ''} }]
${text}`;
}

/** Returns the flows of one step, given as the text of its keys behind step and target. */
export function stepOf(keys: string, sections = '', seed = 1): CompiledFlows {
  return flowsOf(`${sections}flows:\n  first:\n    - { step: s, target: orders, ${keys} }\n`, seed);
}

/** Returns a scope that has begun the iteration of an arrival. */
export function scopeOf(flows: CompiledFlows, seq = 0): Scope {
  const scope = flows.newScope();
  scope.begin(seq, 'steady');
  return scope;
}

/** Returns an answer with these fields and this body. */
export function answerOf(body: string, fields: readonly [string, string][] = []): Answer {
  const answer = new Answer();
  const bytes = Buffer.from(body);
  answer.reset();
  answer.fields.push(...fields);
  answer.addBody(bytes, 0, bytes.length);
  return answer;
}
