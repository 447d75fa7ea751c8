import type { RowSpec } from '../dashboard-frame.ts';
import { outcomeColours, singleNumber, table, timeSeries } from '../panels.ts';
import { instantQuery, PROMETHEUS, rangeQuery } from '../prometheus-query.ts';
import { OF_THE_INSTANCE, OF_THE_STEPS } from './fragments.ts';

/** Returns the row of which run it is, what it sends, and how that ends. */
export function loadRow(): RowSpec {
  const outcomes = timeSeries({
    title: 'Calls by outcome',
    description: 'Calls that ended per second, by outcome.',
    unit: 'reqps',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(
        `sum by (outcome) (rate(callgauge_calls_total{${OF_THE_STEPS}}[$__rate_interval]))`,
        { legend: '{{outcome}}' },
      ),
    ],
    size: [12, 8],
  });
  for (const { name, properties } of outcomeColours()) outcomes.overrideByName(name, properties);
  return {
    title: 'Rate and errors',
    panels: [...numbers(), outcomes, notOk(), statuses(), arrivals(), runs()],
  };
}

function numbers() {
  return [
    number('Calls per second', 'reqps', 'Calls that end per second.', {
      expr: `sum(rate(callgauge_calls_total{${OF_THE_STEPS}}[$__rate_interval]))`,
    }),
    number('Not ok', 'percentunit', 'Share of the calls that end, now, in any way but ok.', {
      expr:
        `sum(rate(callgauge_calls_total{${OF_THE_STEPS}, outcome!="ok"}[$__rate_interval]))` +
        ` / sum(rate(callgauge_calls_total{${OF_THE_STEPS}}[$__rate_interval]))`,
    }),
    number('Dropped arrivals', 'short', 'Arrivals of the whole run that were never sent.', {
      expr: `sum(callgauge_dropped_arrivals_total{${OF_THE_INSTANCE}})`,
    }),
    number('Dropped spans', 'short', 'Kept calls whose span found the buffer full.', {
      expr: `sum(callgauge_dropped_spans_total{${OF_THE_INSTANCE}})`,
    }),
  ];
}

function number(
  title: string,
  unit: string,
  description: string,
  { expr }: { readonly expr: string },
) {
  return singleNumber({
    title,
    description,
    unit,
    datasource: PROMETHEUS,
    queries: [rangeQuery(expr)],
    size: [6, 4],
  });
}

function notOk() {
  return timeSeries({
    title: 'Calls that were not ok',
    description: 'Share of the calls of a step that ended in any way but ok.',
    unit: 'percentunit',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(
        `sum by (step) (rate(callgauge_calls_total{${OF_THE_STEPS}, outcome!="ok"}[$__rate_interval]))` +
          ` / sum by (step) (rate(callgauge_calls_total{${OF_THE_STEPS}}[$__rate_interval]))`,
        { legend: '{{step}}' },
      ),
    ],
    size: [12, 8],
  }).max(1);
}

function statuses() {
  return timeSeries({
    title: 'Answers by status',
    description:
      'Whole answers per second by their status, whether or not the step counts it as ok. A step ' +
      'that meets more than 20 different ones counts the rest as other.',
    unit: 'reqps',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(
        `sum by (status) (rate(callgauge_answers_total{${OF_THE_STEPS}}[$__rate_interval]))`,
        { legend: '{{status}}' },
      ),
    ],
    size: [12, 8],
  });
}

function arrivals() {
  return timeSeries({
    title: 'Arrivals against the wanted rate',
    description:
      'The rate that the schedule wants, the arrivals that came due, and those among them that ' +
      'found no free slot and were never sent.',
    unit: 'reqps',
    datasource: PROMETHEUS,
    queries: [
      rangeQuery(`sum(callgauge_wanted_rate{${OF_THE_INSTANCE}})`, { legend: 'wanted' }),
      rangeQuery(`sum(rate(callgauge_arrivals_total{${OF_THE_INSTANCE}}[$__rate_interval]))`, {
        legend: 'arrivals',
        refId: 'B',
      }),
      rangeQuery(
        `sum(rate(callgauge_dropped_arrivals_total{${OF_THE_INSTANCE}}[$__rate_interval]))`,
        { legend: 'dropped', refId: 'C' },
      ),
    ],
    size: [12, 8],
  });
}

function runs() {
  return table({
    title: 'Runs under way',
    description: 'The runs of the chosen processes. The run overview shows them by the same id.',
    unit: 'short',
    datasource: PROMETHEUS,
    queries: [
      instantQuery(`max by (instance, run_id, scenario) (callgauge_run_info{${OF_THE_INSTANCE}})`),
    ],
    size: [24, 5],
  }).overrideByName('run_id', [
    {
      id: 'links',
      value: [
        {
          title: 'Run overview',
          url: '/d/callgauge-run-overview?var-run=${__value.raw}&${__url_time_range}',
        },
      ],
    },
  ]);
}
