import { isMap, type JsonMap } from './json-map.ts';

/** Why a part of a description cannot be used; its message is one phrase. */
export class Unusable extends Error {}

/** So many references may lead from one to the next. */
const CHAIN_MAX = 100;

/**
 * Follows the references (`$ref`) of one description. Those to other files and hosts are not
 * followed: nothing but the file that the user named is read.
 */
export class References {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  /**
   * Returns a value, or what it refers to.
   * @throws Unusable for a reference out of the file, to nothing, or in a circle
   */
  follow(value: unknown): unknown {
    let at = value;
    for (let count = 0; isReference(at); count++) {
      if (count === CHAIN_MAX) throw new Unusable(`$ref ${short(at.$ref)} leads in a circle`);
      at = this.#target(at.$ref);
    }
    return at;
  }

  #target(reference: string): unknown {
    if (!reference.startsWith('#')) {
      throw new Unusable(`$ref ${short(reference)} leads out of the file: bundle it first`);
    }
    const pointer = decoded(reference.slice(1));
    if (pointer !== '' && !pointer.startsWith('/')) {
      throw new Unusable(`$ref ${short(reference)} is no JSON pointer`);
    }
    let at: unknown = this.#root;
    for (const part of pointer.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const isThere = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
      if (!isThere) throw new Unusable(`$ref ${short(reference)} leads to nothing`);
      at = (at as JsonMap)[key];
    }
    return at;
  }
}

function isReference(value: unknown): value is { readonly $ref: string } {
  return isMap(value) && typeof value['$ref'] === 'string';
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

const SHOWN_MAX = 80;

function short(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 3)}...` : text;
}
