/** A schema as plain data, which other threads can be sent. */
export type SchemaData = Readonly<Record<string, unknown>>;
