import {
  GrpcSchema,
  reflectedSchema,
  type SchemaData,
  schemaOfProto,
  stepFaults,
} from '../drivers/grpc/index.ts';
import { invalidSteps, type Scenario, type StepSpec, type TargetSpec } from '../scenario/index.ts';

/**
 * Checks the gRPC steps of a scenario against the .proto files that it names.
 * @throws SCENARIO_INVALID for a .proto file that is none, an unknown method, a message that does not
 * fit.
 */
export function checkProtoSteps(scenario: Scenario): void {
  const { targets } = scenario;
  checkSteps(scenario, new Map(targets.flatMap((target) => protoSchema(target, scenario) ?? [])));
}

/**
 * Returns the scenario with the schemas of its targets that speak gRPC: those of .proto files, and the
 * others as the targets tell them. Their urls must be resolved, and somebody listen there.
 * @throws what {@link checkProtoSteps} does; GRPC_REFLECTION_FAILED for a target that does not tell.
 */
export async function withSchemas(scenario: Scenario): Promise<Scenario> {
  if (scenario.targets.every(({ grpc }) => grpc === undefined)) return scenario;
  const schemas = new Map<string, SchemaData>();
  const targets: TargetSpec[] = [];
  for (const target of scenario.targets) {
    const { grpc, name } = target;
    const services = servicesCalledOf(name, scenario);
    if (grpc === undefined || services.length === 0) {
      targets.push(target);
      continue;
    }
    const [, ofProto] = protoSchema(target, scenario)?.[0] ?? [];
    const schema = ofProto ?? (await reflectedSchema(target, services));
    schemas.set(name, schema);
    targets.push({ ...target, grpc: { ...grpc, schema } });
  }
  checkSteps(scenario, schemas);
  return { ...scenario, targets };
}

/** Returns the schema of a target that has .proto files, under its name. */
function protoSchema(
  { name, grpc }: TargetSpec,
  { files = [] }: Scenario,
): readonly (readonly [name: string, schema: SchemaData])[] | undefined {
  return grpc?.reflection === false ? [[name, schemaOfProto(grpc, files)]] : undefined;
}

function checkSteps(scenario: Scenario, schemas: ReadonlyMap<string, SchemaData>): void {
  const read = new Map([...schemas].map(([name, data]) => [name, new GrpcSchema(data)]));
  const problems = stepsOf(scenario).flatMap((step) => {
    const schema = read.get(step.target);
    return schema ? stepFaults(step, schema) : [];
  });
  if (problems.length > 0) throw invalidSteps(scenario, problems);
}

function servicesCalledOf(target: string, scenario: Scenario): readonly string[] {
  const steps = stepsOf(scenario).filter((step) => step.target === target);
  return [...new Set(steps.flatMap(({ grpc }) => grpc?.service ?? []))];
}

function stepsOf({ setup, flows, teardown }: Scenario): readonly StepSpec[] {
  return [setup, ...flows, teardown].flatMap((flow) => flow?.steps ?? []);
}
