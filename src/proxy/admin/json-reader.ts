import type { JsonEntry, JsonNode } from './json-node.ts';
import { JsonTokens } from './json-tokens.ts';

/**
 * Returns the first JSON value of a body; what comes after it is not read, as Go's decoder does not.
 * Works without recursion: a body may nest as deep as it does there.
 * @throws JsonSyntaxError in Go's own words.
 */
export function readFirstValue(bytes: Buffer): JsonNode {
  return readValue(new JsonTokens(bytes));
}

/**
 * Returns the JSON value of a text that has nothing else in it.
 * @throws JsonSyntaxError in Go's own words.
 */
export function readOnlyValue(bytes: Buffer): JsonNode {
  const tokens = new JsonTokens(bytes);
  const value = readValue(tokens);
  tokens.end();
  return value;
}

/** As in Go's encoding/json. */
const DEPTH_MAX = 10_000;

/** An array or object whose end has not been read. */
interface OpenValue {
  take(value: JsonNode): void;
  /** Reads up to the next value in it; false where it ends instead. */
  goesOn(tokens: JsonTokens): boolean;
  node(): JsonNode;
}

function readValue(tokens: JsonTokens): JsonNode {
  const open: OpenValue[] = [];
  for (;;) {
    let value = scalarOrOpening(tokens, open);
    while (value !== undefined) {
      const around = open.at(-1);
      if (around === undefined) return value;
      around.take(value);
      value = around.goesOn(tokens) ? undefined : open.pop()?.node();
    }
  }
}

/** Returns the value that stands next; undefined where it is the opening of one with values in it. */
function scalarOrOpening(tokens: JsonTokens, open: OpenValue[]): JsonNode | undefined {
  const byte = tokens.peek();
  const letter = String.fromCharCode(byte);
  if (letter === '"') return { kind: 'string', value: tokens.string() };
  if (/[-\d]/u.test(letter)) return { kind: 'number', literal: tokens.number() };
  switch (letter) {
    case 't':
    case 'f':
      tokens.word(letter === 't' ? 'true' : 'false');
      return { kind: 'bool', value: letter === 't' };
    case 'n':
      tokens.word('null');
      return { kind: 'null' };
    case '{':
    case '[': {
      if (open.length === DEPTH_MAX) tokens.fail(byte, 'exceeded max depth');
      tokens.take();
      const opened = letter === '{' ? new OpenObject() : new OpenArray();
      if (!opened.begins(tokens)) return opened.node();
      open.push(opened);
      return undefined;
    }
    default:
      return tokens.fail(byte, 'looking for beginning of value');
  }
}

class OpenArray implements OpenValue {
  readonly #items: JsonNode[] = [];

  /** Returns whether there is anything in it. */
  begins(tokens: JsonTokens): boolean {
    if (tokens.peek() !== BRACKET) return true;
    tokens.take();
    return false;
  }

  take(value: JsonNode): void {
    this.#items.push(value);
  }

  goesOn(tokens: JsonTokens): boolean {
    const byte = tokens.peek();
    if (byte !== COMMA && byte !== BRACKET) tokens.fail(byte, 'after array element');
    tokens.take();
    return byte === COMMA;
  }

  node(): JsonNode {
    return { kind: 'array', items: this.#items };
  }
}

class OpenObject implements OpenValue {
  readonly #entries: JsonEntry[] = [];
  #key = '';

  /** Returns whether there is anything in it; then its first key has been read. */
  begins(tokens: JsonTokens): boolean {
    if (tokens.peek() !== BRACE) {
      this.#readKey(tokens);
      return true;
    }
    tokens.take();
    return false;
  }

  take(value: JsonNode): void {
    this.#entries.push([this.#key, value]);
  }

  goesOn(tokens: JsonTokens): boolean {
    const byte = tokens.peek();
    if (byte !== COMMA && byte !== BRACE) tokens.fail(byte, 'after object key:value pair');
    tokens.take();
    if (byte === BRACE) return false;
    this.#readKey(tokens);
    return true;
  }

  node(): JsonNode {
    return { kind: 'object', entries: this.#entries };
  }

  #readKey(tokens: JsonTokens): void {
    const first = tokens.peek();
    if (first !== QUOTE) tokens.fail(first, 'looking for beginning of object key string');
    this.#key = tokens.string();
    const colon = tokens.peek();
    if (colon !== COLON) tokens.fail(colon, 'after object key');
    tokens.take();
  }
}

const [QUOTE, COMMA, COLON, BRACE, BRACKET] = [0x22, 0x2c, 0x3a, 0x7d, 0x5d];
