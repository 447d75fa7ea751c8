import { readFields } from './read-fields.ts';
import type { LineOptions } from './line-options.ts';
import type { LineReading } from './recorded-arrival.ts';
import { encodedBytes, withoutPercents } from './recorded-path.ts';

/**
 * Reads the lines of a log in W3C's extended format, whose directive `#Fields` names what the lines
 * behind it have: of IIS, whose `time-taken` is in ms, and of CloudFront, whose `time-taken` is in
 * s. Their times are when the answer was over. Each character of a line is one byte.
 */
export class W3cLines {
  #names: readonly string[] = [];
  #isOfMicrosoft = false;

  /** Returns the arrival of a line; undefined for a directive. */
  read(line: string, options: LineOptions): LineReading | undefined {
    if (line.startsWith('#')) {
      this.#direct(line);
      return undefined;
    }
    const values = line.split(line.includes('\t') ? '\t' : ' ');
    if (values.length !== this.#names.length) {
      return {
        problem: `must have ${this.#names.length} values as #Fields says, got ${values.length}`,
        reason: 'not fitting #Fields',
      };
    }
    const fields = this.#fieldsOf(values);
    const { durationField = 'time-taken', durationUnit } = options;
    const reading = readFields(
      fields,
      { ...options, durationField, durationUnit: durationUnit ?? this.#unit() },
      'bytes',
    );
    const stem = fields['cs-uri-stem'] ?? '';
    if ('problem' in reading || !this.#isOfMicrosoft || !stem.includes('+')) return reading;
    return { ...reading, doubt: 'a + in the path may have been a space, which IIS writes so' };
  }

  #direct(line: string): void {
    const [, fields] = /^#Fields:\s*(.*?)\s*$/u.exec(line) ?? [];
    if (fields !== undefined) this.#names = fields.split(/\s+/u);
    if (/^#Software:.*Microsoft/u.test(line)) this.#isOfMicrosoft = true;
  }

  #unit(): 's' | 'ms' {
    return this.#names.some((name) => name.startsWith('x-edge-')) ? 's' : 'ms';
  }

  #fieldsOf(values: readonly string[]): Record<string, string> {
    const isOfCloudFront = this.#unit() === 's';
    const fields: Record<string, string> = {};
    for (const [i, name] of this.#names.entries()) {
      const value = values[i] ?? '-';
      if (value === '-') continue;
      fields[name] = isOfCloudFront ? withoutPercents(value) : value;
    }
    // IIS writes this part without its percent-encoding.
    const stem = fields['cs-uri-stem'];
    if (stem !== undefined) {
      fields['cs-uri-stem'] = encodedBytes(stem.replace(/%(?![0-9A-Fa-f]{2})/gu, '%25'));
    }
    return fields;
  }
}
