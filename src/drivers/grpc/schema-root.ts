import protobuf from 'protobufjs';

/** The types of a schema; while a message is read, also those that it does not know. */
export class SchemaRoot extends protobuf.Root {
  #isReading = false;

  /**
   * Returns what `read` does. An Any within it that holds a type that the schema does not know is
   * read as bytes: what a server adds for others does not make its answer an invalid one.
   */
  reading<T>(read: () => T): T {
    this.#isReading = true;
    try {
      return read();
    } finally {
      this.#isReading = false;
    }
  }

  override lookupType(path: string | string[]): protobuf.Type {
    if (!this.#isReading) return super.lookupType(path);
    const found = this.lookup(path, [protobuf.Type]);
    if (found instanceof protobuf.Type) return found;
    const bytes = super.lookupType('google.protobuf.BytesValue');
    const decode = (value: Uint8Array): object => ({ value });
    return Object.create(bytes, { decode: { value: decode } }) as protobuf.Type;
  }
}
