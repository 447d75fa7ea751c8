import { didYouMean, errorText, HarnessError, type Ns, NS_PER_SEC } from '../../core/index.ts';
import type { ReachableTarget } from '../../scenario/index.ts';
import type { Http2Connection } from '../http2/index.ts';
import { ReflectionCall, reflectionConnection, ReflectionFailure } from './reflection-call.ts';
import {
  type DescribedFile,
  describedFile,
  REFLECTION_SERVICES,
  type ReflectionRequest,
  schemaOfFiles,
} from './reflection-protocol.ts';
import type { SchemaData } from './schema-data.ts';
import { isWellKnownFile } from './well-known-types.ts';

const ANSWER_WITHIN_NS: Ns = 5 * NS_PER_SEC;
const FILES_MAX = 2_000;

/** What of a target's schema is wanted. */
export interface WantedSchema {
  readonly services: readonly string[];
  /** Types that messages hold in an Any; one that the target does not know is passed over. */
  readonly types: readonly string[];
}

/**
 * Returns the schema of services, asked of the target itself by server reflection: v1, or v1alpha
 * where it does not know that.
 * @throws GRPC_REFLECTION_FAILED where it cannot be reached, knows neither, or has no such service.
 */
export async function reflectedSchema(
  target: ReachableTarget,
  wanted: WantedSchema,
): Promise<SchemaData> {
  let connection: Http2Connection | undefined;
  try {
    connection = await reflectionConnection(target);
    for (const service of REFLECTION_SERVICES) {
      const call = new ReflectionCall(connection, { service, target, withinNs: ANSWER_WITHIN_NS });
      try {
        return await schemaBy(call, wanted);
      } catch (error) {
        if (!(error instanceof ReflectionFailure && error.isUnimplemented)) throw error;
      } finally {
        call.end();
      }
    }
    throw new ReflectionFailure('it knows no server reflection');
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError(
      'GRPC_REFLECTION_FAILED',
      `the target ${target.name} at ${target.url} does not tell its schema: ${errorText(error)}`,
      {
        hint: `Turn server reflection on there, or name its .proto files: targets.${target.name}.grpc.proto.`,
        cause: error,
      },
    );
  } finally {
    connection?.close();
  }
}

async function schemaBy(
  call: ReflectionCall,
  { services, types }: WantedSchema,
): Promise<SchemaData> {
  const listed = await call.ask({ listServices: '*' });
  const names = (listed.listServicesResponse?.service ?? []).map(({ name = '' }) => name);
  const files = new Map<string, DescribedFile>();
  for (const service of services) {
    if (!names.includes(service)) {
      throw new ReflectionFailure(
        `it has no service "${service}"${didYouMean(service, names)} (it has ${names.join(', ')})`,
      );
    }
    await addFiles(call, { fileContainingSymbol: service }, files);
  }
  for (const type of types) {
    const { errorResponse } = await call.ask({ fileContainingSymbol: type });
    if (!errorResponse) await addFiles(call, { fileContainingSymbol: type }, files);
  }
  return schemaOfFiles([...files.values()]);
}

/** Adds what the server answers, and what that imports: some send it at once, others when asked. */
async function addFiles(
  call: ReflectionCall,
  request: ReflectionRequest,
  files: Map<string, DescribedFile>,
): Promise<void> {
  const { fileDescriptorResponse, errorResponse } = await call.ask(request);
  if (errorResponse) {
    const [what] = Object.values(request);
    throw new ReflectionFailure(`of ${what ?? ''} it says "${errorResponse.errorMessage ?? ''}"`);
  }
  const found = (fileDescriptorResponse?.fileDescriptorProto ?? []).map(describedFile);
  for (const file of found) files.set(file.name, file);
  if (files.size > FILES_MAX) throw new ReflectionFailure(`it has more than ${FILES_MAX} files`);
  for (const name of found.flatMap(({ imports }) => imports)) {
    if (!files.has(name) && !isWellKnownFile(name))
      await addFiles(call, { fileByFilename: name }, files);
  }
}
