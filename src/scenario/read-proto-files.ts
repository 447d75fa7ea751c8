import { createRequire } from 'node:module';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HarnessError } from '../core/index.ts';
import { readBytes } from './bounded-file.ts';
import type { FileText } from './flow-spec.ts';
import { locationText, type Path } from './problem.ts';
import { importsOf, protoPath } from './proto-imports.ts';
import type { Scenario } from './scenario.ts';
import { readYaml } from './yaml-source.ts';

const PROTO_BYTES_MAX = 4 * 1024 * 1024;
/** One that imports more is taken for a mistake. */
const FILES_MAX = 2_000;
/** Of these protobufjs brings its own; the others of google/ are beside it. */
const BUILT_IN =
  /^google\/protobuf\/(?:any|duration|empty|field_mask|struct|timestamp|wrappers)\.proto$/u;

type ReadText = (bytes: Buffer, path: string) => string;

/**
 * Returns the texts of the .proto files that a scenario's targets name and of what those import,
 * each once, under its path from the scenario file's folder.
 * @throws SCENARIO_UNREADABLE for a file that is missing, or over 4 MiB.
 * @throws SCENARIO_INVALID for an import that no folder has.
 */
export async function readProtoFiles(
  scenario: Scenario,
  readText: ReadText,
): Promise<readonly FileText[]> {
  const files = new Map<string, string>();
  for (const { name, grpc } of scenario.targets) {
    if (grpc?.reflection !== false) continue;
    const location: Path = ['targets', name, 'grpc', 'proto'];
    const reader = new ProtoReader(scenario, grpc.importPaths, readText, files);
    for (const [i, path] of grpc.proto.entries()) await reader.read(path, [...location, i]);
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

/** Reads files and what they import, into a map that all targets share. */
class ProtoReader {
  readonly #scenario: Scenario;
  readonly #folders: readonly string[];
  readonly #readText: ReadText;
  readonly #files: Map<string, string>;

  constructor(
    scenario: Scenario,
    folders: readonly string[],
    readText: ReadText,
    files: Map<string, string>,
  ) {
    this.#scenario = scenario;
    this.#folders = folders;
    this.#readText = readText;
    this.#files = files;
  }

  /** `location` is where the scenario names it, or the file that leads to it. */
  async read(path: string, location: Path): Promise<void> {
    const kept = protoPath('.', path);
    await this.#readAt(kept, this.#onDisk(kept), location);
  }

  async #readAt(kept: string, onDisk: string, location: Path): Promise<void> {
    if (this.#files.has(kept)) return;
    const bytes = await readBytes(onDisk, {
      bytesMax: PROTO_BYTES_MAX,
      what: 'a .proto file',
      location: ` (${this.#locationText(location)})`,
    });
    const text = this.#readText(bytes, onDisk);
    this.#files.set(kept, text);
    if (this.#files.size > FILES_MAX) {
      throw this.#invalid(`more than ${FILES_MAX} .proto files are imported`, location, {
        hint: 'Name the .proto file that defines the called service.',
      });
    }
    for (const name of importsOf(text)) {
      if (!BUILT_IN.test(name)) await this.#import(name, kept, location);
    }
  }

  async #import(name: string, from: string, location: Path): Promise<void> {
    for (const folder of this.#folders) {
      const kept = protoPath(folder, name);
      if (this.#files.has(kept)) return;
      const onDisk = this.#onDisk(kept);
      if (await isThere(onDisk)) {
        await this.#readAt(kept, onDisk, location);
        return;
      }
    }
    const besides = besideLibrary(name);
    if (besides !== undefined) {
      await this.#readAt(name, besides, location);
      return;
    }
    const folders = this.#folders.map((folder) => `"${folder}"`).join(', ');
    throw this.#invalid(`"${name}", imported by ${from}, is in none of ${folders}`, location, {
      hint: 'Name the folder that it is relative to under importPaths.',
    });
  }

  #onDisk(kept: string): string {
    return resolve(dirname(this.#scenario.source.file), kept);
  }

  #invalid(message: string, location: Path, { hint }: { readonly hint: string }): HarnessError {
    return new HarnessError('SCENARIO_INVALID', `${message} (${this.#locationText(location)})`, {
      hint,
    });
  }

  #locationText(path: Path): string {
    const { file, text } = this.#scenario.source;
    return locationText(file, { path, position: readYaml(text).positionOf(path, 'value') });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Definitions of Google's that many schemas import for their options. */
function besideLibrary(name: string): string | undefined {
  if (!/^google\/(?:api|protobuf)\/\w+\.proto$/u.test(name)) return undefined;
  try {
    return createRequire(import.meta.url).resolve(`protobufjs/${name}`);
  } catch (error) {
    // Not one of those that it has: then nobody has it.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
