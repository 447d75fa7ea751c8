import * as z from 'zod';
import { faults } from './fault.ts';
import { feeders, hooks } from './feeders.ts';
import { flows, setup, teardown } from './flow.ts';
import { load } from './load.ts';
import { policies } from './policy.ts';
import { enumOf, text, wholeNumber } from './quantities.ts';
import { engine, trace } from './settings.ts';
import { proxies, services, targets } from './system.ts';
import { gate, thresholds } from './thresholds.ts';

/**
 * The scenario file, key by key: what may stand where, what is left out, and what the editor shows.
 * The JSON Schema is made of it (scenarioJsonSchema), and so are the fixes in error messages.
 * What one part says about another (an unknown flow, say) is checked apart, in `checks`.
 */
export const scenarioFile = z
  .strictObject({
    $schema: z
      .string({ error: 'must be a text' })
      .meta({
        description: 'Where the JSON Schema of this file is; for editors.',
        examples: ['../schema/scenario.schema.json'],
      })
      .optional(),
    name: text('must be a text', {
      description: 'The name of the scenario in results and dashboards.',
      examples: ['checkout'],
    }).regex(/^(?=\S)[^\p{Cc}]{1,100}$/u, {
      error: 'must be one line of 1 to 100 characters',
    }),
    description: z
      .string({ error: 'must be a text' })
      .meta({ description: 'What it is for, for people.', examples: ['The shop under load'] })
      .default(''),
    seed: wholeNumber(
      { min: 0, max: Number.MAX_SAFE_INTEGER },
      {
        description: 'Governs arrivals, faults and sampling: the same seed repeats them exactly.',
        examples: [42],
      },
    ).default(1),
    services: services.default({}),
    targets,
    proxies: proxies.default({}),
    policies: policies.default({}),
    feeders: feeders.optional(),
    hooks: hooks.optional(),
    cookies: enumOf(['iteration', 'user'], {
      description:
        'Keeps the cookies that answers set, and sends them again: iteration for each iteration by itself, user also for the next iteration of the same user. Without it no cookie is sent but what headers say.',
      examples: ['iteration'],
    }).optional(),
    flows,
    setup: setup.optional(),
    teardown: teardown.optional(),
    load,
    faults: faults.default([]),
    trace: trace.prefault({}),
    engine: engine.prefault({}),
    thresholds: thresholds.default([]),
    gate: gate.optional(),
  })
  .meta({
    title: 'callgauge scenario',
    description: 'What callgauge runs, calls, breaks, measures and judges.',
  });

/** A valid file: units converted, defaults filled in, the shape still that of the file. */
export type ScenarioFile = z.output<typeof scenarioFile>;
