import * as z from 'zod';
import { callText } from '../../../src/scenario/file/call-texts.ts';
import { requestFrom, type RequestSpec } from '../../../src/scenario/request-spec.ts';
import { readTemplate } from '../../../src/scenario/template.ts';
import { protocolKind } from '../../../src/scenario/protocols/protocol-kind.ts';

/** One line, answered by one line. */
export interface LineCallSpec {
  readonly protocol: 'line';
  readonly request: RequestSpec;
}

export const line = protocolKind({
  name: 'line',
  title: 'lines',
  schemes: ['tcp'],
  versions: {
    line: { isMultiplexed: false, description: 'line sends lines over TCP, to a tcp:// url.' },
  },
  step: z
    .strictObject({
      send: callText('must be a text', 'text', {
        description: 'The line to send, without its end. May hold references.',
        examples: ['GET ${users.id}'],
      }),
    })
    .meta({ description: 'The line of the step.', examples: [{ send: 'PING' }] }),
  parts: { path: [], headers: [], body: ['send'] },
  call: (file): LineCallSpec => ({
    protocol: 'line',
    request: requestFrom({ path: [], headers: [], body: readTemplate(file.send, 'text').template }),
  }),
  statuses: {
    schemas: [],
    wanted: 'must be left out: a line has no status',
    ok: [],
    rangeOf: () => ({ from: 0, to: 0 }),
  },
  policy: {
    retryStatuses: [],
    methodOf: () => 'line',
    isIdempotent: () => false,
    answersJson: false,
    hasPaths: false,
  },
  spans: {
    statusAttribute: 'callgauge.status',
    attributes: () => ({ 'network.protocol.name': 'line' }),
  },
});
