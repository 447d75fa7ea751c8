import { formatCell } from '../number-format.ts';
import { duration, rate, ratio, type Chart, type ChartPoint } from '../section.ts';
import { html, joined, type Markup } from './markup.ts';

const WIDTH = 720;
const HEIGHT = 240;
/** Around what is drawn: room for the values on the left, for the texts of changes above. */
const EDGE = { left: 70, right: 16, top: 48, bottom: 26 };
/** Texts of changes take turns on so many lines: neighbours may be near. */
const TEXT_LINES = 2;
const TEXT_HEIGHT = 14;
const TICKS = 4;
/** A little room above the highest and below the lowest. */
const MARGIN = 0.08;

/**
 * Returns a chart as SVG: a point for each run with its interval, a level between each two changes,
 * and a dashed line with its text at each change. What it shows is told in words as well, for those
 * who do not see it; each point tells its run and value where the pointer rests.
 *
 *     15 ms ┤        +12% ╎ · · ·
 *     13 ms ┤ · · · ·     ╎
 *           └─────────────┴───────
 */
export function chartSvg(chart: Chart, id: string): Markup {
  const { title, points, levels, changes } = chart;
  if (points.length === 0) return html``;
  const { x, y, ticks } = scales(chart);
  const line = points.map(({ value }, i) => `${x(i)},${y(value)}`).join(' ');
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-text">
      <title id="${id}-title">${title}</title>
      <desc id="${id}-text">${descriptionOf(chart)}</desc>
      ${joined(
        ticks.map(
          (value) =>
            html`<line
                class="axis"
                x1="${EDGE.left}"
                x2="${WIDTH - EDGE.right}"
                y1="${y(value)}"
                y2="${y(value)}"
              /><text x="${EDGE.left - 8}" y="${y(value) + 4}" text-anchor="end"
                >${textOf(chart, value)}</text
              >`,
        ),
        '\n',
      )}
      ${joined(points.flatMap((point, i) => intervalLine(point, x(i), y)))}
      <polyline class="values" points="${line}" />
      ${joined(
        levels.map(
          ({ from, to, mean }) =>
            html`<line
              class="level"
              x1="${x(from)}"
              x2="${x(to)}"
              y1="${y(mean)}"
              y2="${y(mean)}"
            />`,
        ),
      )}
      ${joined(
        points.map(
          (point, i) =>
            html`<circle class="point" cx="${x(i)}" cy="${y(point.value)}" r="2.5"
              ><title>${point.label}: ${textOf(chart, point.value)}</title></circle
            >`,
        ),
        '\n',
      )}
      ${joined(
        changes.map(({ index, text, tone }, i) => {
          const at = (x(index - 1) + x(index)) / 2;
          const isLate = at > WIDTH * 0.8;
          const textAt = EDGE.top - 12 - TEXT_HEIGHT * (i % TEXT_LINES);
          return html`<g class="${tone}"
            ><line
              class="change"
              x1="${at}"
              x2="${at}"
              y1="${textAt + 4}"
              y2="${HEIGHT - EDGE.bottom}"
            /><text
              class="change-text"
              x="${isLate ? at - 5 : at + 5}"
              y="${textAt}"
              text-anchor="${isLate ? 'end' : 'start'}"
              >${text}</text
            ></g
          >`;
        }),
        '\n',
      )}
      ${dateTexts(points)}
    </svg>
  </figure>`;
}

function scales({ points }: Chart) {
  const all = points.flatMap(({ value, lower = value, upper = value }) => [value, lower, upper]);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || Math.abs(most) || 1) * MARGIN;
  // No measure is below 0.
  const [bottom, top] = [Math.max(0, least - room), most + room];
  const across = WIDTH - EDGE.left - EDGE.right;
  const down = HEIGHT - EDGE.top - EDGE.bottom;
  const x = (i: number): number =>
    rounded(EDGE.left + 8 + ((across - 16) * i) / Math.max(1, points.length - 1));
  const y = (value: number): number => rounded(EDGE.top + (down * (top - value)) / (top - bottom));
  const ticks = Array.from(
    { length: TICKS },
    (_, i) => bottom + ((top - bottom) * i) / (TICKS - 1),
  );
  return { x, y, ticks };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function intervalLine(
  { lower, upper }: ChartPoint,
  x: number,
  y: (value: number) => number,
): readonly Markup[] {
  if (lower === undefined || upper === undefined) return [];
  return [html`<line class="interval" x1="${x}" x2="${x}" y1="${y(lower)}" y2="${y(upper)}" />`];
}

function dateTexts(points: readonly ChartPoint[]): Markup {
  const [first, last] = [points[0], points.at(-1)];
  const at = HEIGHT - 8;
  const end = html`<text x="${WIDTH - EDGE.right}" y="${at}" text-anchor="end"
    >${last?.when ?? ''}</text
  >`;
  return html`<text x="${EDGE.left}" y="${at}">${first?.when ?? ''}</text
    >${points.length > 1 ? end : html``}`;
}

function textOf({ unit }: Chart, value: number): string {
  if (unit === 'ns') return formatCell(duration(value));
  return formatCell(unit === 'ratio' ? ratio(value) : rate(value));
}

/** Returns what is seen, in words. */
function descriptionOf(chart: Chart): string {
  const { points, changes } = chart;
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
    textOf(chart, value),
  );
  const newest = points.at(-1);
  const told = changes.map(({ index, text }) => {
    const { when = '', label = '' } = points[index] ?? {};
    return `The level changed before ${label}, ${when}: ${text}.`;
  });
  return [
    `${points.length} runs, from ${least} to ${most}; the newest ${newest === undefined ? '' : textOf(chart, newest.value)}.`,
    ...(told.length === 0 ? ['Its level did not change.'] : told),
  ].join(' ');
}
