import {
  type Attributes,
  counted,
  formatDuration,
  hasValidTimes,
  printable,
  type Span,
  type SpanEvent,
  wrap,
} from '../../core/index.ts';
import type { SpanNode } from '../../spans/index.ts';
import type { Tone } from '../section.ts';
import type { Paint } from './paint.ts';
import type { Finding } from './trace-findings.ts';
import { thrownAt } from './thrown-at.ts';
import { ellipsis } from './text.ts';

/** Spans whose remarks are shown; those that failed come first into that number. */
const SPANS_SHOWN = 30;
const EVENTS_SHOWN = 8;
const LINKS_SHOWN = 4;
/** Of a message: a service may send a whole page. */
const TEXT_MAX = 600;
const ATTRIBUTE_MAX = 60;
const ATTRIBUTES_SHOWN = 6;

interface Remark {
  readonly text: string;
  readonly tone: Tone;
  /** Belongs to the one before it. */
  readonly nested?: true;
}

/**
 * Returns what spans say besides their times, in the order of the tree: why they failed, with the
 * exceptions that they recorded, what the trace tells of them, other events, links, and what the
 * harness knows of its own calls.
 * A line that is too long is wrapped. No lines where there is nothing to say.
 */
export function remarkLines(
  nodes: readonly SpanNode[],
  {
    paint,
    width,
    findings,
  }: {
    readonly paint: Paint;
    readonly width: number;
    readonly findings: ReadonlyMap<Span, readonly Finding[]>;
  },
): readonly string[] {
  const all = nodes.flatMap((node) => {
    const remarks = remarksOf(node, findings.get(node.span) ?? []);
    return remarks.length === 0 ? [] : [{ span: node.span, remarks }];
  });
  const failedFirst = all.toSorted((a, b) => rankOf(a.span) - rankOf(b.span));
  const shown = new Set(failedFirst.slice(0, SPANS_SHOWN));
  const lines = all
    .filter((each) => shown.has(each))
    .flatMap(({ span, remarks }) => [
      ...wrap(`${span.serviceName}  ${span.name}`, { width, first: '  ', rest: '    ' }),
      ...remarks.flatMap(({ text, tone, nested }) => {
        const first = nested ? '        ' : '    ';
        const wrapped = wrap(ellipsis(text, TEXT_MAX), { width, first, rest: `${first}  ` });
        return wrapped.map((line) => paint(tone, line));
      }),
    ]);
  const left = all.length - shown.size;
  if (left > 0) {
    const what = `${counted(left, 'more span')} with remarks: --json has all`;
    lines.push(paint('faint', `  … ${what}`));
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

const UNSAID = 'error';

/** Returns why a span failed, in a few words; `error` where it does not say. */
export function failureText({ statusMessage, attributes, events }: Span): string {
  const exception = events.findLast(isException);
  const said = [
    statusMessage,
    exception === undefined ? '' : exceptionText(exception.attributes),
    attributes['error.type'],
    ...STATUS_ATTRIBUTES.map(([key, what]) => {
      const status = attributes[key];
      return status === undefined ? '' : `${what} ${status}`;
    }),
  ];
  return said.find((text) => text !== undefined && text !== '') ?? UNSAID;
}

const STATUS_ATTRIBUTES: readonly (readonly [key: string, what: string])[] = [
  ['http.response.status_code', 'status'],
  ['http.status_code', 'status'],
  ['rpc.grpc.status_code', 'grpc status'],
];

function rankOf({ status }: Span): number {
  return status === 'Error' ? 0 : 1;
}

function remarksOf({ span, orphan }: SpanNode, findings: readonly Finding[]): readonly Remark[] {
  const { 'callgauge.outcome': outcome = 'ok' } = span.attributes;
  const failure = span.status === 'Error' ? failureText(span) : '';
  const exception = span.events.findLast(isException);
  // That it failed says its mark in the tree, and an exception has a line of its own.
  const isSaid = exception && failure === exceptionText(exception.attributes);
  const says = failure !== '' && failure !== UNSAID && !isSaid;
  const known: readonly Known[] = [
    ...faultRemarks(span.attributes),
    [outcome !== 'ok' && !failure.startsWith(outcome), `outcome ${outcome}`],
    [orphan, 'its parent is not stored'],
    [!hasValidTimes(span), invalidTimesText(span)],
  ];
  return [
    ...(says ? [{ text: `✗ ${failure}`, tone: 'bad' } as const] : []),
    ...findings,
    ...eventRemarks(span),
    ...linkRemarks(span),
    ...known.flatMap(([when, text]) => (when ? [{ text, tone: 'doubt' } as const] : [])),
  ];
}

type Known = readonly [when: boolean, text: string];

/** Before there was `callgauge.fault.active`, `callgauge.fault` had what that has. */
function faultRemarks(attributes: Attributes): readonly Known[] {
  const { 'callgauge.fault': touched = '', 'callgauge.fault.active': active } = attributes;
  if (active === undefined) return [[touched !== '', `overlapped the fault ${touched}`]];
  const names = touched.split(',');
  const others = active.split(',').filter((name) => !names.includes(name));
  return [
    [touched !== '', `touched by the fault ${touched}`],
    [others.length > 0, `meanwhile the fault ${others.join(',')} was active`],
  ];
}

function invalidTimesText({ startEpochNs, durationNs }: Span): string {
  if (startEpochNs <= 0n) return 'it has no start';
  // One without an end is stored as if it ended in 1970.
  if (-durationNs >= startEpochNs) return 'it has no end';
  return `it ends ${formatDuration(Number(-durationNs))} before it starts`;
}

/** Exceptions first: of many events, these say most. */
function eventRemarks({ events, startEpochNs }: Span): readonly Remark[] {
  const ordered = [...events.filter(isException), ...events.filter((e) => !isException(e))];
  const left = ordered.length - EVENTS_SHOWN;
  return [
    ...ordered.slice(0, EVENTS_SHOWN).flatMap((event): readonly Remark[] => {
      const when = offsetText(event.epochNs - startEpochNs);
      if (!isException(event)) {
        const what = ['event', event.name, ...attributeTexts(event.attributes), when];
        return [{ text: what.join('  '), tone: 'plain' }];
      }
      const where = thrownAt(event.attributes['exception.stacktrace'] ?? '');
      return [
        { text: `exception  ${exceptionText(event.attributes)}  ${when}`, tone: 'bad' },
        ...(where === '' ? [] : [{ text: where, tone: 'faint', nested: true } as const]),
      ];
    }),
    ...(left > 0 ? [moreRemark(left, 'event')] : []),
  ];
}

function linkRemarks({ links }: Span): readonly Remark[] {
  const left = links.length - LINKS_SHOWN;
  return [
    ...links.slice(0, LINKS_SHOWN).map(({ traceId, spanId, attributes }): Remark => {
      const what = ['link', `trace ${traceId}`, `span ${spanId}`, ...attributeTexts(attributes)];
      return { text: what.join('  '), tone: 'plain' };
    }),
    ...(left > 0 ? [moreRemark(left, 'link')] : []),
  ];
}

function moreRemark(left: number, noun: string): Remark {
  return { text: `… ${counted(left, `more ${noun}`)}: --json has all`, tone: 'faint' };
}

function isException({ name, attributes }: SpanEvent): boolean {
  return name === 'exception' || attributes['exception.type'] !== undefined;
}

function exceptionText(attributes: Attributes): string {
  const { 'exception.type': type = '', 'exception.message': message = '' } = attributes;
  const parts = [type, message].filter((part) => part !== '');
  return parts.length === 0 ? 'of unknown type' : parts.join(': ');
}

function attributeTexts(attributes: Attributes): readonly string[] {
  const entries = Object.entries(attributes);
  const texts = entries
    .slice(0, ATTRIBUTES_SHOWN)
    .map(([key, value]) => `${key}=${ellipsis(printable(value), ATTRIBUTE_MAX)}`);
  return entries.length > ATTRIBUTES_SHOWN ? [...texts, '…'] : texts;
}

/** An event may lie before its span's start where a clock was set in between. */
function offsetText(sinceNs: bigint): string {
  return sinceNs < 0n
    ? `-${formatDuration(Number(-sinceNs))}`
    : `+${formatDuration(Number(sinceNs))}`;
}
