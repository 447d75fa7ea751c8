import {
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
} from 'yaml';
import { parseDuration, NS_PER_MS, NS_PER_SEC, type Ns } from '../../core/index.ts';

import { refuseBroken } from './file-parts.ts';

/** One setting of a file of Spring's. */
interface Setting {
  /** As written. */
  readonly path: readonly string[];
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** What lies below a path. */
export interface NamedSettings {
  /** As written. */
  readonly name: string;
  /** Of the first of them. */
  readonly line: number;
}

/**
 * The settings of an application.yml or application.properties, as Spring binds them: case and
 * dashes of their names do not matter, `${NAME:3s}` is its default, and of two the later counts.
 */
export class SpringSettings {
  readonly #settings: readonly Setting[];
  /** Profiles whose documents were left out. */
  readonly profiles: readonly string[];

  /** @throws USAGE_INVALID for YAML of a stack that is broken */
  constructor(text: string) {
    const lineCounter = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter, logLevel: 'error' });
    const isYaml = documents.some(({ contents }) => isMap(contents));
    if (isYaml && /\b(?:resilience4j|feign|openfeign|hystrix)\b/u.test(text))
      refuseBroken(documents);
    const parts = isYaml
      ? documents.map((document) => yamlSettings(document, lineCounter))
      : [propertiesOf(text)];
    this.#settings = parts.filter((part) => profileOf(part) === '').flat();
    this.profiles = parts.map(profileOf).filter((name) => name !== '');
  }

  /** Returns the names below a path, in their order, each once. */
  names(...path: readonly string[]): readonly NamedSettings[] {
    const found = new Map<string, NamedSettings>();
    for (const setting of this.#below(path)) {
      const name = setting.path[path.length] ?? '';
      if (!found.has(name)) found.set(name, { name, line: setting.line });
    }
    return [...found.values()];
  }

  /** Returns a value; undefined where there is none, or only a placeholder without a default. */
  value(...path: readonly string[]): string | undefined {
    const own = this.#below(path).filter((setting) => setting.path.length === path.length);
    const text = own.at(-1)?.value;
    const [, fallback] = /^\$\{[^:}]*(?::([^}]*))?\}$/u.exec(text ?? '') ?? ['', text];
    return fallback === '' ? undefined : fallback;
  }

  /** Returns the items of a list: of YAML, by index, or with commas between them. */
  list(...path: readonly string[]): readonly string[] {
    const items = this.#below(path).filter((setting) => setting.path.length === path.length + 1);
    if (items.length > 0) return items.map(({ value }) => value);
    const joined = this.value(...path) ?? '';
    return joined.split(',').flatMap((item) => item.trim() || []);
  }

  #below(path: readonly string[]): readonly Setting[] {
    return this.#settings.filter((setting) =>
      path.every((name, i) => plain(name) === plain(setting.path[i] ?? '')),
    );
  }
}

/** Returns ns of `500ms`, `PT0.5S`, or of a number of ms; undefined for anything else. */
export function springNs(text: string | undefined): Ns | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/u.test(text)) return Number(text) * NS_PER_MS;
  const [, hours = '0', minutes = '0', seconds = '0'] =
    /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/iu.exec(text) ?? [];
  const whole = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return whole > 0 ? Math.round(whole * NS_PER_SEC) : parseDuration(text);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/gu, '');
}

function profileOf(settings: readonly Setting[]): string {
  const keys = ['spring.config.activate.onprofile', 'spring.profiles'];
  return settings.find(({ path }) => keys.includes(path.map(plain).join('.')))?.value ?? '';
}

function yamlSettings(document: Document, lineCounter: LineCounter): readonly Setting[] {
  const found: Setting[] = [];
  const walk = (node: unknown, path: readonly string[]): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '';
        walk(value, [...path, ...namesOf(name)]);
      }
    } else if (isSeq(node)) {
      for (const [i, item] of node.items.entries()) walk(item, [...path, String(i)]);
    }
    // What has nothing below it is there nevertheless.
    const isLeaf = isScalar(node) || (isCollection(node) && node.items.length === 0);
    if (!isLeaf) return;
    const { line } = lineCounter.linePos(node.range?.[0] ?? 0);
    found.push({ path, value: isScalar(node) ? textOfScalar(node.value) : '', line });
  };
  walk(document.contents, []);
  return found;
}

function textOfScalar(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function propertiesOf(text: string): readonly Setting[] {
  return text.split(/\r?\n/u).flatMap((line, i) => {
    const [, name, value = ''] = /^\s*([^#!\s=:][^=:\s]*)\s*[=:]\s*(.*?)\s*$/u.exec(line) ?? [];
    return name === undefined ? [] : [{ path: namesOf(name), value, line: i + 1 }];
  });
}

/** Names between points; those in brackets, `instances[my.name]`, are whole. */
function namesOf(name: string): readonly string[] {
  return [...name.matchAll(/\[([^\]]*)\]|[^.[\]]+/gu)].map(([all, whole]) => whole ?? all);
}
