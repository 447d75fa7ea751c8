import { counted } from './counted.ts';

/** Returns how the rows of a feeder end a load: `ends after 500 arrivals: rows of users.csv`. */
export function rowsEndText({ rows, of }: { readonly rows: number; readonly of: string }): string {
  return `ends after ${counted(rows, 'arrival')}: rows of ${of}`;
}
