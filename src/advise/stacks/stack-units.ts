import { NS_PER_MS, NS_PER_SEC, parseDuration, printable, type Ns } from '../../core/index.ts';

/** Returns whole ms, at least 1: what most stacks count in. */
export function wholeMs(ns: Ns): number {
  return Math.max(1, Math.round(ns / NS_PER_MS));
}

/** Returns `0.25s`, the one form of a duration that Envoy and Istio read. */
export function secondsText(ns: Ns): string {
  return `${Number((wholeMs(ns) / 1_000).toFixed(3))}s`;
}

/** Returns `250ms`: HAProxy, nginx, Spring and Linkerd read it. */
export function msText(ns: Ns): string {
  return `${wholeMs(ns)}ms`;
}

/** Returns ns of a number of ms, or of a text with its unit; undefined for what is neither. */
export function readNs(value: unknown): Ns | undefined {
  if (typeof value === 'number') return value * NS_PER_MS;
  return typeof value === 'string' ? parseDuration(value) : undefined;
}

/** Returns ns of `00:00:00.250` or `1.00:00:00`, as .NET writes a TimeSpan; `3` is of days. */
export function readTimeSpan(text: string): Ns | undefined {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d+)\.)?(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/u.exec(text) ??
    /^(\d+)$/u.exec(text) ??
    [];
  const whole =
    Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return whole > 0 ? Math.round(whole * NS_PER_SEC) : undefined;
}

/** Returns `00:00:00.250`; of less than a day. */
export function timeSpanText(ns: Ns): string {
  const ms = wholeMs(ns);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1_000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1_000) % 60)}.${rest}`;
}

const WIDTH = 98;

/** Returns lines for people as comments, wrapped; names of others cannot end one. */
export function commentLines(lines: readonly string[], mark: string): readonly string[] {
  return lines.flatMap((line) => {
    const words = printable(line).split(' ');
    const wrapped: string[] = [];
    let current = '';
    for (const word of words) {
      const next = current === '' ? word : `${current} ${word}`;
      if (next.length + mark.length + 1 > WIDTH && current !== '') {
        wrapped.push(current);
        current = `  ${word}`;
      } else current = next;
    }
    return [...wrapped, current].map((text) => `${mark} ${text}`.trimEnd());
  });
}

/** Returns `orders → payment  POST /api/charges`. */
export function edgeTitle(edge: {
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
}): string {
  return `${edge.caller} → ${edge.callee}  ${edge.operation}`;
}

/** Returns the text without what follows its first parameter: `/carts/{id}` is `/carts/`. */
export function pathPrefix(path: string): { readonly prefix: string; readonly isWhole: boolean } {
  const at = path.search(/[{*]|\/:/u);
  if (at < 0) return { prefix: path, isWhole: true };
  return { prefix: path.slice(0, path[at] === '/' ? at + 1 : at), isWhole: false };
}
