/** Hears of what was not as it should be, and was understood, or left out, all the same. */
export interface Remarks {
  remark(text: string): void;
}

/** What the client and the user should know of one export request. */
export interface Notes {
  /** Spans that cannot be stored. */
  readonly rejectedSpans: number;
  /** Why the first of the rejected spans was; '' where there is none. */
  readonly rejection: string;
  /** Values that were not as they should be. */
  readonly remarks: number;
  /** The first remark; '' where there is none. */
  readonly firstRemark: string;
}

/** Longest piece of a client's text that is sent back to it. */
const MAX_QUOTE_LENGTH = 64;

/** Gathers the notes of one request while it is read. */
export class ExportNotes implements Notes, Remarks {
  rejectedSpans = 0;
  rejection = '';
  remarks = 0;
  firstRemark = '';

  /** Counts a span that is not taken, by its name; undefined where `why` names the place. */
  reject(name: string | undefined, why: string): void {
    this.rejectedSpans++;
    if (this.rejection !== '') return;
    this.rejection = name === undefined ? why : `span ${quoted(name)}: ${why}`;
  }

  remark(text: string): void {
    this.remarks++;
    if (this.firstRemark === '') this.firstRemark = text;
  }

  /** Remarks on a span whose end is before its start, or 0. */
  remarkEnd(name: string, hasEnd: boolean): void {
    const what = hasEnd ? 'ends before it begins' : 'has no end time';
    this.remark(`span ${quoted(name)} ${what}, so that its duration is in no number`);
  }
}

/** Returns the notes for the client as one text; '' for nothing. */
export function notesText({ rejection, remarks, firstRemark }: Notes): string {
  const others = remarks > 1 ? ` (and ${remarks - 1} more like it)` : '';
  const remark = remarks === 0 ? [] : [`taken as it is: ${firstRemark}${others}`];
  return [...(rejection === '' ? [] : [rejection]), ...remark].join('; ');
}

/** Returns a value of a client as it is shown in a message: short, and of a structure its kind. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quoted(value) : (scalarText(value) ?? typeof value);
}

/** Returns how a number or a boolean is written; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  const isScalar =
    typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
  return isScalar ? String(value) : undefined;
}

export function quoted(text: string): string {
  const long = text.length > MAX_QUOTE_LENGTH;
  return `'${(long ? `${text.slice(0, MAX_QUOTE_LENGTH)}...` : text).toWellFormed()}'`;
}
