import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/flow/compile-program.ts';
import { between, nextDraw, SiteNumbers } from '../../src/flow/draw.ts';
import { CALL, END, FORK, HOOK, JOIN, THINK, Scope } from '../../src/flow/index.ts';
import type { FlowNode } from '../../src/scenario/index.ts';
import { hashText } from '../../src/core/index.ts';
import { flowTree } from './flow-tree.ts';

/** What one iteration does, in the order in which a single hand would do it. */
type Deed = string;

const SEED = 7;

/** Walks a program, one branch after another, as an engine would whose calls take no time. */
function walked(nodes: readonly FlowNode[], seq: number, fails: ReadonlySet<string>): Deed[] {
  const numbers = new SiteNumbers();
  const hookOf = (name: string) => ({ name, run: () => '' });
  const flow = { name: 'f', steps: [], body: nodes };
  const { program } = compileProgram(flow, { numbers, hookOf });
  const size = { values: 0, draws: numbers.sites, counters: numbers.counters };
  const scope = new Scope(SEED, size, { values: [], cookies: [] });
  scope.begin(seq, 'p');
  const deeds: Deed[] = [];
  const branches = [program.begin(scope)];
  for (let at = branches.pop(); at !== undefined; at = branches.pop()) {
    const op = program.op(at);
    switch (op) {
      case CALL:
      case HOOK: {
        const deed = op === CALL ? `call ${program.step(at)}` : `hook ${program.hook(at)?.name}`;
        deeds.push(deed);
        branches.push(fails.has(deed) ? program.afterFailure(at, scope) : program.after(at, scope));
        break;
      }
      case THINK:
        deeds.push(`think ${program.thinkNs(at, scope)}`);
        branches.push(program.after(at, scope));
        break;
      case FORK:
        for (const branch of program.fork(at, scope).toReversed()) branches.push(-branch - 1);
        break;
      case JOIN: {
        const next = program.join(at, scope);
        if (next >= 0) branches.push(next);
        break;
      }
      case END:
      default:
        deeds.push(scope.hasFailed ? 'failed' : 'done');
    }
    // A branch is entered only when it is its turn.
    const top = branches.at(-1);
    if (top !== undefined && top < 0) branches.splice(-1, 1, program.enter(-top - 1, scope));
  }
  return deeds;
}

/** Does the same by walking over the tree. */
function interpreted(nodes: readonly FlowNode[], seq: number, fails: ReadonlySet<string>): Deed[] {
  const scope = new Scope(
    SEED,
    { values: 0, draws: 1_000, counters: 0 },
    { values: [], cookies: [] },
  );
  scope.begin(seq, 'p');
  const sites = new Map<string, number>();
  const draw = (kind: string, path: string): number => {
    const site = sites.get(kind + path) ?? sites.size;
    sites.set(kind + path, site);
    return nextDraw({ site, purpose: hashText(`${kind}:${path}`) }, scope);
  };
  const deeds: Deed[] = [];
  const isOk = (deed: string): boolean => {
    deeds.push(deed);
    return !fails.has(deed);
  };
  const list = (entries: readonly FlowNode[], path: string): boolean =>
    entries.every((entry, i) => one(entry, `${path}/${i}`));
  const one = (node: FlowNode, path: string): boolean => {
    switch (node.kind) {
      case 'step':
        return isOk(`call ${node.step}`);
      case 'hook':
        return isOk(`hook ${node.name}`);
      case 'think': {
        const { minNs, maxNs } = node;
        const ns = minNs === maxNs ? minNs : between(minNs, maxNs, draw('think', path));
        return isOk(`think ${ns}`);
      }
      case 'parallel':
        return node.branches.map((branch, i) => list(branch, `${path}/${i}`)).every(Boolean);
      case 'choose': {
        const total = node.options.reduce((sum, { weight }) => sum + weight, 0);
        let rest = draw('choose', path) * total;
        const way = node.options.findIndex(({ weight }) => (rest -= weight) < 0);
        return list(node.options[way]?.body ?? [], `${path}/${way}`);
      }
      case 'repeat':
      default: {
        const { min, max } = node.times;
        const rounds = min === max ? min : between(min, max, draw('repeat', path));
        return Array.from({ length: rounds }).every(() => list(node.body, path));
      }
    }
  };
  deeds.push(list(nodes, 'f') ? 'done' : 'failed');
  return deeds;
}

describe('a program', () => {
  test('does what its tree says, also where calls and hooks fail', () => {
    fc.assert(
      fc.property(
        flowTree(5),
        fc.nat(50),
        fc.array(fc.nat(8)),
        fc.boolean(),
        (made, seq, failing, hook) => {
          const fails = new Set(failing.map((step) => `call ${step}`));
          if (hook) fails.add('hook x');
          expect(walked(made.nodes, seq, fails)).toEqual(interpreted(made.nodes, seq, fails));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('makes no more calls than it says', () => {
    fc.assert(
      fc.property(flowTree(5), fc.nat(20), ({ nodes }, seq) => {
        const context = { numbers: new SiteNumbers(), hookOf: () => ({ name: '', run: () => '' }) };
        const { callsMax } = compileProgram({ name: 'f', steps: [], body: nodes }, context);
        const calls = walked(nodes, seq, new Set()).filter((deed) => deed.startsWith('call'));
        expect(calls.length).toBeLessThanOrEqual(callsMax);
      }),
      { numRuns: 100 },
    );
  });
});

test('choices follow their weights', () => {
  const nodes: FlowNode[] = [
    {
      kind: 'choose',
      options: [
        { weight: 3, body: [{ kind: 'step', step: 0 }] },
        { weight: 1, body: [{ kind: 'step', step: 1 }] },
      ],
    },
  ];
  const arrivals = 4_000;
  let first = 0;
  for (let seq = 0; seq < arrivals; seq++) {
    if (walked(nodes, seq, new Set())[0] === 'call 0') first++;
  }
  // Four standard deviations of a binomial share of 0.75.
  expect(Math.abs(first / arrivals - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / arrivals));
});
