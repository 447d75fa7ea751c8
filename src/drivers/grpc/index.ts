export { grpcDriver } from './grpc-driver.ts';
export { reflectedSchema } from './reflected-schema.ts';
export { GrpcSchema, schemaOfProto } from './schema.ts';
export type { SchemaData } from './schema-data.ts';
export { stepProblems } from './step-problems.ts';
