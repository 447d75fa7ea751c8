import { NS_PER_MS, NS_PER_SEC, NS_PER_US, type Ns, type Ratio } from '../core/index.ts';
import { limitFormOf } from './threshold-limits.ts';
import { NO_FAULT, SELECTORS, type SelectorName } from './threshold-selectors.ts';
import type { TagSelector, ThresholdSpec } from './threshold-spec.ts';

/**
 * Returns a threshold as a text that parseThreshold reads as the same: every part in one way of
 * writing it, the selectors in one order.
 */
export function thresholdText(spec: Omit<ThresholdSpec, 'text' | 'steps'>): string {
  const { aggregate, overNs, operator } = spec;
  const { kind } = aggregate;
  return [
    subjectText(spec) + selectorsText(spec),
    kind === 'percentile' ? `p(${plainNumber(aggregate.percent)})` : kind,
    ...(overNs === undefined ? [] : [`over ${durationText(overNs)}`]),
    operator,
    limitText(spec),
  ].join(' ');
}

type Printed = Parameters<typeof thresholdText>[0];

function subjectText({ step, edge, metric }: Printed): string {
  if (!edge) return step === '' ? metric : `${step}.${metric}`;
  const { caller, callee, operation } = edge;
  return `${caller} -> ${callee}${operation === '' ? '' : ` "${operation}"`}`;
}

function selectorsText({ phase, target, tag, fault, healthy, of }: Printed): string {
  const values: Readonly<Record<SelectorName, string | undefined>> = {
    phase: phase === '' ? undefined : phase,
    target,
    tag: tag && tagText(tag),
    fault: healthy ? NO_FAULT : fault,
    of,
  };
  const parts = Object.keys(SELECTORS).flatMap((key) => {
    const value = values[key as SelectorName];
    return value === undefined ? [] : [`${key}: ${value}`];
  });
  return parts.length === 0 ? '' : `{${parts.join(', ')}}`;
}

function tagText({ name, value }: TagSelector): string {
  if (value === undefined) return name;
  const isPlain = value !== '' && value === value.trim() && !/[,}"]/u.test(value);
  return `${name}=${isPlain ? value : `"${value}"`}`;
}

function limitText(spec: Printed): string {
  const { limit } = spec;
  if (typeof limit === 'number') return amountText(spec, limit);
  const { factor, offset } = limit;
  const times = factor === 1 ? '' : ` * ${plainNumber(factor)}`;
  const more =
    offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${amountText(spec, Math.abs(offset))}`;
  return `baseline${times}${more}`;
}

function amountText(spec: Printed, amount: number): string {
  switch (limitFormOf(spec).unit) {
    case 'ns':
      return durationText(amount);
    case 'ratio':
      return percentText(amount);
    case 'perSec':
      return `${plainNumber(amount)}/s`;
    default:
      return plainNumber(amount);
  }
}

/** In the largest unit of which it is a whole number. */
function durationText(ns: Ns): string {
  if (ns % NS_PER_US !== 0) return `${ns}ns`;
  if (ns % NS_PER_MS !== 0) return `${ns / NS_PER_US}us`;
  return ns % NS_PER_SEC === 0 ? `${ns / NS_PER_SEC}s` : `${ns / NS_PER_MS}ms`;
}

/** The fewest digits that are read as the ratio: 0.07 * 100 is 7.000000000000001. */
function percentText(ratio: Ratio): string {
  const percent = ratio * 100;
  const short = Number(percent.toPrecision(15));
  return `${plainNumber(short / 100 === ratio ? short : percent)}%`;
}

/** Without an exponent: 2.5e-7 is 0.00000025. */
function plainNumber(value: number): string {
  const [digits = '', exponent] = String(value).split('e-');
  if (exponent === undefined) return digits;
  return `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`;
}
