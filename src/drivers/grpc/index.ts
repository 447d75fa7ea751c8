export { grpcDriver, type GrpcDriverOptions } from './grpc-driver.ts';
export { reflectedSchema } from './reflected-schema.ts';
export { GrpcSchema, type SchemaData, schemaOfProto } from './schema.ts';
export { stepFaults } from './step-faults.ts';
