import * as z from 'zod';
import { didYouMean } from '../../core/index.ts';
import { PROPAGATION_FORMATS, type PropagationFormat } from '../../trace/index.ts';
import type { Help } from './quantities.ts';

const FORMATS_LISTED = PROPAGATION_FORMATS.join(', ');

/** Formats of the trace context, each once. */
export function propagate(help: Help) {
  return z
    .array(
      z
        .enum(PROPAGATION_FORMATS as readonly [PropagationFormat], {
          error: ({ input }) => {
            const guess = typeof input === 'string' ? didYouMean(input, PROPAGATION_FORMATS) : '';
            return `must be one of ${FORMATS_LISTED}${guess}`;
          },
        })
        .meta({
          description:
            'w3c: traceparent. b3: the header b3. b3multi: X-B3-*. jaeger: uber-trace-id. xray: X-Amzn-Trace-Id. datadog: x-datadog-*.',
          examples: ['w3c', 'b3'],
        }),
      { error: 'must be a list of formats' },
    )
    .min(1, { error: 'must name at least one format' })
    .superRefine((formats, context) => {
      for (const [i, format] of formats.entries()) {
        if (formats.indexOf(format) === i) continue;
        const message = 'must stand once in the list';
        const params = { hint: `Remove the second ${format}.` };
        context.addIssue({ code: 'custom', message, params, path: [i] });
      }
    })
    .meta({ ...help });
}
