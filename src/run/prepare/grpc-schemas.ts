import {
  GrpcSchema,
  reflectedSchema,
  type SchemaData,
  schemaOfProto,
  stepProblems,
} from '../../drivers/grpc/index.ts';
import {
  type GrpcCallSpec,
  invalidSteps,
  type ReachableScenario,
  type ReadyScenario,
  type ReadyTarget,
  type ScenarioWithFiles,
  type StepSpec,
} from '../../scenario/index.ts';

/**
 * Checks the gRPC steps of a scenario against the .proto files that it names.
 * @throws SCENARIO_INVALID for an invalid .proto file, an unknown method, a message that does
 *   not fit.
 */
export function checkProtoSteps(scenario: ScenarioWithFiles): void {
  const schemas = new Map<string, SchemaData>();
  for (const { name, grpc } of scenario.targets) {
    if (grpc?.reflection === false) schemas.set(name, schemaOfProto(grpc, scenario.files));
  }
  checkSteps(scenario, schemas);
}

/**
 * Returns the scenario with the schemas of its targets that speak gRPC: those of .proto files, and
 * the others as the targets tell them. Their urls must be resolved, and somebody listen there.
 * @throws what {@link checkProtoSteps} does; GRPC_REFLECTION_FAILED for a target that does not
 *   tell.
 */
export async function withSchemas(scenario: ReachableScenario): Promise<ReadyScenario> {
  const schemas = new Map<string, SchemaData>();
  const targets: ReadyTarget[] = [];
  for (const { grpc, ...target } of scenario.targets) {
    const services = servicesCalledOf(target.name, scenario);
    if (grpc === undefined || services.length === 0) {
      targets.push(target);
      continue;
    }
    const schema = grpc.reflection
      ? await reflectedSchema(target, { services, types: typesInAny(target.name, scenario) })
      : schemaOfProto(grpc, scenario.files);
    schemas.set(target.name, schema);
    targets.push({ ...target, grpc: { ...grpc, schema } });
  }
  checkSteps(scenario, schemas);
  return { ...scenario, targets };
}

function checkSteps(
  scenario: Steps & Pick<ScenarioWithFiles, 'source'>,
  schemas: ReadonlyMap<string, SchemaData>,
): void {
  const read = new Map([...schemas].map(([name, data]) => [name, new GrpcSchema(data)]));
  const problems = stepsOf(scenario).flatMap((step) => {
    const schema = read.get(step.target);
    return schema ? stepProblems(step, schema) : [];
  });
  if (problems.length > 0) throw invalidSteps(scenario, problems);
}

function servicesCalledOf(target: string, scenario: Steps): readonly string[] {
  return [...new Set(callsOf(target, scenario).map(({ service }) => service))];
}

/** Returns the types that messages to a target name as those of an Any. */
function typesInAny(target: string, scenario: Steps): readonly string[] {
  const urls = callsOf(target, scenario).flatMap(({ written }) => typeUrlsIn(written));
  return [...new Set(urls.map((url) => url.slice(url.lastIndexOf('/') + 1)))];
}

function typeUrlsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(typeUrlsIn);
  if (!('@type' in value) || typeof value['@type'] !== 'string') return inner;
  return value['@type'].includes('${') ? inner : [value['@type'], ...inner];
}

function callsOf(target: string, scenario: Steps): readonly GrpcCallSpec[] {
  return stepsOf(scenario).flatMap((step) =>
    step.target === target && step.call.protocol === 'grpc' ? step.call : [],
  );
}

type Steps = Pick<ScenarioWithFiles, 'setup' | 'flows' | 'teardown'>;

function stepsOf({ setup, flows, teardown }: Steps): readonly StepSpec[] {
  return [setup, ...flows, teardown].flatMap((flow) => flow?.steps ?? []);
}
