import { formatDuration, formatRate, formatRatio, printable } from '../core/index.ts';
import type { GraphEdge } from '../spans/index.ts';
import { calleeName, callerName, callsPerSec, type GraphReport } from './graph-report.ts';

/** Returns the graph for Graphviz; messages are dashed, as are peers without spans. */
export function renderDot(report: GraphReport): string {
  const quote = (text: string): string =>
    `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const named = nodesOf(report);
  const nodes = [...named].map(
    ([name, { id, isInferred }]) =>
      `  ${id} [label=${quote(name)}${isInferred ? ', style=dashed' : ''}];`,
  );
  const edges = report.graph.edges.map((edge) => {
    const [from, to] = endsOf(edge, named);
    const label = labelOf(edge, report).map((line) => quote(line).slice(1, -1));
    const style = edge.kind === 'message' ? ', style=dashed' : '';
    return `  ${from} -> ${to} [label="${label.join('\\n')}"${style}];`;
  });
  const head = ['digraph services {', '  rankdir=LR;', '  node [shape=box];'];
  return [...head, ...nodes, ...edges, '}', ''].join('\n');
}

/** Returns the graph for Mermaid; messages are dotted, peers without spans round. */
export function renderMermaid(report: GraphReport): string {
  const quote = (text: string): string =>
    `"${printable(text).replaceAll(/[#"<>&]/gu, (c) => `#${c.codePointAt(0)};`)}"`;
  const named = nodesOf(report);
  const nodes = [...named].map(([name, { id, isInferred }]) => {
    const [open, close] = isInferred ? ['([', '])'] : ['[', ']'];
    return `  ${id}${open}${quote(name)}${close}`;
  });
  const edges = report.graph.edges.map((edge) => {
    const [from, to] = endsOf(edge, named);
    const label = quote(labelOf(edge, report).join(', '));
    return `  ${from} ${edge.kind === 'message' ? '-.->' : '-->'}|${label}| ${to}`;
  });
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n');
}

interface GraphNode {
  readonly id: string;
  readonly isInferred: boolean;
}

function nodesOf({ graph }: GraphReport): ReadonlyMap<string, GraphNode> {
  const names = new Set(graph.edges.flatMap((edge) => [callerName(edge), calleeName(edge)]));
  const known = new Set(
    graph.edges.flatMap((edge) => [edge.caller, edge.isInferred ? '' : edge.callee]),
  );
  return new Map(
    [...names].toSorted().map((name, i) => [name, { id: `n${i}`, isInferred: !known.has(name) }]),
  );
}

function endsOf(
  edge: GraphEdge,
  nodes: ReadonlyMap<string, GraphNode>,
): readonly [from: string, to: string] {
  return [nodes.get(callerName(edge))?.id ?? '', nodes.get(calleeName(edge))?.id ?? ''];
}

function labelOf(edge: GraphEdge, report: GraphReport): readonly string[] {
  const { operation, calls, failed, p99Ns, maxNs } = edge;
  const time =
    p99Ns === undefined ? `max ${formatDuration(maxNs)}` : `p99 ${formatDuration(p99Ns)}`;
  return [
    ...(operation === '' ? [] : [operation]),
    formatRate(callsPerSec(edge, report)),
    ...(failed === 0 ? [] : [`${formatRatio(failed / calls)} failed`]),
    time,
  ];
}
