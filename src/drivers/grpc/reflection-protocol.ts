import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import type { SchemaData } from './schema-data.ts';
import { isWellKnownType, withWellKnownTypes } from './well-known-types.ts';

/** The versions of the service, the newest first; their messages are the same. */
export const REFLECTION_SERVICES = [
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
] as const;

/** What a server can be asked; one of them. */
export type ReflectionRequest =
  | { readonly listServices: string }
  | { readonly fileContainingSymbol: string }
  | { readonly fileByFilename: string };

/** What it answers; one of them. */
export interface ReflectionAnswer {
  /** Encoded FileDescriptorProtos. */
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: readonly Uint8Array[] };
  readonly listServicesResponse?: { readonly service?: readonly { readonly name?: string }[] };
  readonly errorResponse?: { readonly errorCode?: number; readonly errorMessage?: string };
}

/** @see https://github.com/grpc/grpc/blob/master/src/proto/grpc/reflection/v1/reflection.proto */
const PROTOCOL = protobuf.parse(`
syntax = "proto3";
message Request {
  oneof message_request {
    string file_by_filename = 3;
    string file_containing_symbol = 4;
    string list_services = 7;
  }
}
message Answer {
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Service { string name = 1; }
  message Services { repeated Service service = 1; }
  message Error { int32 error_code = 1; string error_message = 2; }
  oneof message_response {
    Files file_descriptor_response = 4;
    Services list_services_response = 6;
    Error error_response = 7;
  }
}`).root;
const REQUEST = PROTOCOL.lookupType('Request');
const ANSWER = PROTOCOL.lookupType('Answer');

/** Returns a question as it is sent. */
export function requestBytes(request: ReflectionRequest): Uint8Array {
  return REQUEST.encode(request).finish();
}

/**
 * Returns an answer.
 * @throws Error where the bytes are malformed.
 */
export function answerOf(bytes: Uint8Array): ReflectionAnswer {
  return ANSWER.decode(bytes) as ReflectionAnswer;
}

/** A file of a schema: its name, what it imports, and all of it. */
export interface DescribedFile {
  readonly name: string;
  readonly imports: readonly string[];
  readonly descriptor: descriptor.IFileDescriptorProto;
}

/**
 * Returns the file that a server describes.
 * @throws Error where the bytes describe none.
 */
export function describedFile(bytes: Uint8Array): DescribedFile {
  const file = descriptor.FileDescriptorProto.decode(bytes) as descriptor.IFileDescriptorProto;
  return { name: file.name ?? '', imports: file.dependency ?? [], descriptor: file };
}

/** Returns the schema of files that import nothing but each other and well-known types. */
export function schemaOfFiles(files: readonly DescribedFile[]): SchemaData {
  const own = files.map((file) => file.descriptor).filter((file) => !definesWellKnownTypes(file));
  const set = { file: [...own, ...wellKnownFiles()] };
  const root = protobuf.Root.fromDescriptor(set, { keepCase: true });
  root.resolveAll();
  return withWellKnownTypes({ ...root.toJSON() });
}

/** Whatever such a file is called on the server. */
function definesWellKnownTypes(file: descriptor.IFileDescriptorProto): boolean {
  if (file.package !== 'google.protobuf') return false;
  return (file.messageType ?? []).some(({ name }) => isWellKnownType(name ?? ''));
}

/** Returns the well-known types as files of a server. */
function wellKnownFiles(): readonly descriptor.IFileDescriptorProto[] {
  const root = protobuf.Root.fromJSON(withWellKnownTypes({}));
  const { file } = root.toDescriptor('proto3') as descriptor.IFileDescriptorSet;
  return file ?? [];
}
