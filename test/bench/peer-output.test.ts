import { describe, expect, it } from 'vitest';

import { autocannonPercentiles } from '../../bench/peers/autocannon.ts';
import { h2loadSamplesMs } from '../../bench/peers/h2load.ts';
import { heySamplesMs } from '../../bench/peers/hey.ts';
import { percentileLines } from '../../bench/peers/percentile-lines.ts';
import { samplePercentiles } from '../../bench/peers/sample-percentiles.ts';
import { vegetaSamplesMs } from '../../bench/peers/vegeta.ts';
import { wrk2Percentiles } from '../../bench/peers/wrk2.ts';
import { cpuSecOfStat, queuedMsOfSchedstat } from '../../bench/process-cpu.ts';
import { requestsOfStatus } from '../../bench/servers/answering-server.ts';

describe('what the peers print', () => {
  it('wrk: the lines that its script adds, in per cent and microseconds', () => {
    const output = [
      '  114728 requests in 1.00s, 16.30MB read',
      'Requests/sec: 114540.73',
      'percentile 50 26',
      'percentile 99 2289',
      'percentile 99.9 4119',
    ].join('\n');
    const expected = { p50Ms: 0.026, p99Ms: 2.289, p999Ms: 4.119 };
    expect(percentileLines(output, { ratio: 100 })).toEqual(expected);
  });

  it('bombardier: the lines that its template adds, as shares', () => {
    const output = '\npercentile 0.5 143\n\npercentile 0.99 801\n\npercentile 0.999 1169\n';
    const expected = { p50Ms: 0.143, p99Ms: 0.801, p999Ms: 1.169 };
    expect(percentileLines(output, { ratio: 1 })).toEqual(expected);
  });

  it('wrk2: its latency distribution, each line in a unit of its own', () => {
    const output = [
      '  Latency Distribution (HdrHistogram - Recorded Latency)',
      ' 50.000%  812.00us',
      ' 90.000%    1.02ms',
      ' 99.000%  157.63ms',
      ' 99.900%    1.20s',
      ' 99.990%    1.31s',
    ].join('\n');
    expect(wrk2Percentiles(output)).toEqual({ p50Ms: 0.812, p99Ms: 157.63, p999Ms: 1_200 });
  });

  it('hey: seconds in the first column of its CSV', () => {
    const csv = [
      'response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset',
      '0.0005,0.0001,0.0000,0.0001,0.0003,0.0000,200,0.0309',
      '0.2003,0.0000,0.0000,0.0000,0.0000,0.0000,200,0.0311',
    ].join('\n');
    expect(heySamplesMs(csv)).toEqual([0.5, 200.3]);
  });

  it('h2load: microseconds in the third column of its log', () => {
    const log = '1795227594756214\t200\t94\n1795227594756227\t200\t1480\n';
    expect(h2loadSamplesMs(log)).toEqual([0.094, 1.48]);
  });

  it('vegeta: nanoseconds in the third column of its CSV', () => {
    const csv =
      '1795227596786577793,200,827778,0,2,,b2s=,,0,GET,http://127.0.0.1:1/,Q29u\n' +
      '1795227596791457716,200,50280067,0,2,,b2s=,,1,GET,http://127.0.0.1:1/,Q29u\n';
    expect(vegetaSamplesMs(csv)).toEqual([0.827778, 50.280067]);
  });

  it('autocannon: whole milliseconds of its JSON; NaN for what is missing', () => {
    const output = JSON.stringify({ latency: { p50: 1, p97_5: 3, p99: 4, p99_9: 18 } });
    expect(autocannonPercentiles(output)).toEqual({ p50Ms: 1, p99Ms: 4, p999Ms: 18 });
    const nothing = { p50Ms: Number.NaN, p99Ms: Number.NaN, p999Ms: Number.NaN };
    expect(autocannonPercentiles('{}')).toEqual(nothing);
  });

  it('no sample gives no percentile', () => {
    expect(samplePercentiles([])).toEqual({ p50Ms: NaN, p99Ms: NaN, p999Ms: NaN });
    const thousand = Array.from({ length: 1_000 }, (_, i) => 1_000 - i);
    expect(samplePercentiles(thousand)).toEqual({ p50Ms: 500, p99Ms: 990, p999Ms: 999 });
  });
});

describe('what the machine prints', () => {
  it('processor time of a process whose name holds blanks and brackets', () => {
    const stat = `7 (a (b) c) R 1 2 3 0 -1 4194304 103 0 0 0 150 27 900 900 20 0 1 0 615831`;
    expect(cpuSecOfStat(stat)).toBeCloseTo(1.77, 9);
  });

  it('how long a thread waited for a core: the second figure of its schedstat, in ns', () => {
    expect(queuedMsOfSchedstat('405000000 274500000 12139\n')).toBeCloseTo(274.5, 9);
  });

  it('requests of a server, by its status page', () => {
    const page =
      'Active connections: 3 \nserver accepts handled requests\n 11 11 4711 \nReading: 0 Writing: 1 Waiting: 0 \n';
    expect(requestsOfStatus(page)).toBe(4_711);
    expect(requestsOfStatus('0 0 12\n')).toBe(12);
    expect(requestsOfStatus('<html>')).toBeNaN();
  });
});
