import { posix } from 'node:path';
import protobuf from 'protobufjs';
import { errorText, HarnessError, invariant } from '../../core/index.ts';
import type { FileText, GrpcProtoSpec } from '../../scenario/index.ts';
import type { SchemaData } from './schema-data.ts';
import { SchemaRoot } from './schema-root.ts';
import { withWellKnownTypes } from './well-known-types.ts';

/** A method, with the types of its messages. */
export interface MethodSchema {
  readonly request: protobuf.Type;
  readonly answer: protobuf.Type;
  /** Whether the client sends, or the server answers with, any number of messages. */
  readonly streamsOut: boolean;
  readonly streamsIn: boolean;
}

/** What can be called of a target, and with what messages. */
export class GrpcSchema {
  readonly #root = new SchemaRoot();

  constructor(data: SchemaData) {
    protobuf.Root.fromJSON(data, this.#root);
    this.#root.resolveAll();
  }

  /** Returns the names of its services, with their packages. */
  get services(): readonly string[] {
    return servicesIn(this.#root).map(nameOf);
  }

  /** Returns the names of a service's methods; undefined where there is no such service. */
  methodsOf(service: string): readonly string[] | undefined {
    const found = this.#service(service);
    return found && Object.keys(found.methods);
  }

  /** Returns a method; undefined where there is none of that name. */
  method(service: string, method: string): MethodSchema | undefined {
    const methods = this.#service(service)?.methods ?? {};
    const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (found === undefined) return undefined;
    found.resolve();
    const { resolvedRequestType: request, resolvedResponseType: answer } = found;
    invariant(request && answer, 'a schema that was resolved has all types');
    return {
      request,
      answer,
      streamsOut: found.requestStream === true,
      streamsIn: found.responseStream === true,
    };
  }

  #service(name: string): protobuf.Service | undefined {
    return servicesIn(this.#root).find((service) => nameOf(service) === name);
  }
}

/** Returns a type's or a service's name with its package, without the dot that it begins with. */
export function nameOf({ fullName }: protobuf.ReflectionObject): string {
  return fullName.replace(/^\./u, '');
}

/**
 * Returns the schema that a target's .proto files define.
 * @throws SCENARIO_INVALID for one that cannot be parsed, or names a type that there is not.
 */
export function schemaOfProto(
  { proto, importPaths }: GrpcProtoSpec,
  files: readonly FileText[],
): SchemaData {
  const root = new protobuf.Root();
  const read = new Set<string>();
  const add = (path: string): void => {
    if (read.has(path)) return;
    read.add(path);
    const text = files.find((file) => file.path === path)?.text;
    invariant(text !== undefined, `the file ${path} was read`);
    const { imports = [], weakImports = [] } = parsed(text, path, root);
    for (const name of [...imports, ...weakImports]) {
      const builtIn = protobuf.common.get(name);
      const known = importPaths
        .map((folder) => posix.join(folder, name))
        .find((candidate) => files.some((file) => file.path === candidate));
      if (known === undefined && builtIn?.nested) root.addJSON(builtIn.nested);
      else add(known ?? name);
    }
  };
  for (const path of proto) add(posix.normalize(path));
  try {
    root.resolveAll();
  } catch (error) {
    throw badProto(`${proto.join(', ')}: ${errorText(error)}`, error);
  }
  return withWellKnownTypes({ ...root.toJSON() });
}

function parsed(text: string, path: string, root: protobuf.Root): protobuf.IParserResult {
  try {
    return protobuf.parse(text, root, { keepCase: true });
  } catch (error) {
    throw badProto(`${path}: ${errorText(error)}`, error);
  }
}

function badProto(message: string, cause: unknown): HarnessError {
  return new HarnessError('SCENARIO_INVALID', message, {
    hint: 'Check the .proto file, and under importPaths what its imports are relative to.',
    cause,
  });
}

function servicesIn(space: protobuf.NamespaceBase): readonly protobuf.Service[] {
  return space.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Service) return [nested];
    return nested instanceof protobuf.Namespace ? servicesIn(nested) : [];
  });
}
