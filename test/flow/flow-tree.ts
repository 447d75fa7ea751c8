import * as fc from 'fast-check';
import type { FlowNode } from '../../src/scenario/index.ts';

/** A flow's entries and how many steps there are among them. */
export interface FlowTree {
  readonly nodes: readonly FlowNode[];
  readonly steps: number;
}

/**
 * Returns flows of all kinds of entries; hooks are called x and y, a pause is 2 * pauseNs at most.
 */
export function flowTree(pauseNs: number): fc.Arbitrary<FlowTree> {
  return fc
    .letrec<{ node: FlowNode; list: FlowNode[] }>((tie) => ({
      list: fc.array(tie('node'), { maxLength: 3 }),
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constant<FlowNode>({ kind: 'step', step: 0 }),
        fc
          .tuple(fc.nat(pauseNs), fc.nat(pauseNs))
          .map(([minNs, more]): FlowNode => ({ kind: 'think', minNs, maxNs: minNs + more })),
        fc.constantFrom('x', 'y').map((name): FlowNode => ({ kind: 'hook', name, sets: [] })),
        fc
          .array(tie('list'), { minLength: 1, maxLength: 3 })
          .map((branches): FlowNode => ({ kind: 'parallel', branches })),
        fc
          .array(fc.record({ weight: fc.integer({ min: 1, max: 4 }), body: tie('list') }), {
            minLength: 1,
            maxLength: 3,
          })
          .map((options): FlowNode => ({ kind: 'choose', options })),
        fc
          .record({ min: fc.nat(2), more: fc.nat(2), body: tie('list') })
          .map(({ min, more, body }): FlowNode => {
            return { kind: 'repeat', times: { min, max: min + more }, body };
          }),
      ),
    }))
    .list.map((nodes) => numbered(nodes));
}

/** Gives every step of a tree a number of its own. */
function numbered(nodes: readonly FlowNode[]): FlowTree {
  let steps = 0;
  const visit = (list: readonly FlowNode[]): FlowNode[] =>
    list.map((node): FlowNode => {
      switch (node.kind) {
        case 'step':
          return { ...node, step: steps++ };
        case 'parallel':
          return { ...node, branches: node.branches.map(visit) };
        case 'choose':
          return { ...node, options: node.options.map((o) => ({ ...o, body: visit(o.body) })) };
        case 'repeat':
          return { ...node, body: visit(node.body) };
        case 'think':
        case 'hook':
        default:
          return node;
      }
    });
  return { nodes: visit(nodes), steps };
}
