// SPDX-License-Identifier: Apache-2.0
// What the record browser makes of a record's values. All of it is untrusted text.
import type { FoundRecord } from './api';
import { count, plural } from './units';

export type Cell = FoundRecord['cells'][number];

export const isChanged = (cell: Cell) => ('before' in cell) !== ('after' in cell) || cell.before !== cell.after;

/** base64 as hex, with its length: "0x00ff (2 bytes)". */
export function hex(base64: string, whole?: number): string {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return `0x${[...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')} (${plural(whole ?? bytes.length, 'byte')})`;
}

/** A value that is no NULL, on the page. Blanks at the ends are shown. */
export function shown(cell: Cell, value: string): string {
  if (cell.kind === 'binary') return hex(value, cell.cut);
  if (value === '') return "''";
  if (cell.kind === 'timestamp' && !/^\d+$/.test(value)) return `${value} UTC`;
  return value.replace(/^ +| +$/g, (blanks) => '␣'.repeat(blanks.length));
}

/** What differs between two long texts: [same, different, same] of each. */
export function difference(a: string, b: string): [[string, string, string], [string, string, string]] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  // Never between the two halves of one character.
  if (head > 0 && /[\ud800-\udbff]/.test(a[head - 1]!)) head -= 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  if (tail > 0 && /[\udc00-\udfff]/.test(a[a.length - tail]!)) tail -= 1;
  const cut = (text: string): [string, string, string] => [text.slice(0, head), text.slice(head, text.length - tail), text.slice(text.length - tail)];
  return [cut(a), cut(b)];
}

const brief = (cell: Cell, value: string | null | undefined) => {
  if (value == null) return 'NULL';
  const text = shown(cell, value).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 38)}…` : text;
};

/** One line on what a record did. */
export function summary(record: FoundRecord): string {
  if (record.statement !== undefined) return record.statement;
  if (record.operation === 'UPDATE') {
    const changed = record.cells.filter(isChanged);
    const said = changed.slice(0, 3).map((cell) => `${cell.name} ${brief(cell, cell.before)} → ${brief(cell, cell.after)}`);
    return changed.length === 0 ? 'nothing changed' : said.join(', ') + (changed.length > 3 ? ` and ${count(changed.length - 3)} more` : '');
  }
  return record.cells.length ? plural(record.cells.length, 'column') : '';
}

/** The text of the primary key, as it is now or was. */
export function keyText(record: FoundRecord): string {
  return record.key
    .map((name) => {
      const cell = record.cells.find((other) => other.name === name);
      const value = cell && (cell.after ?? cell.before);
      return cell && value != null ? brief(cell, value) : '';
    })
    .filter(Boolean)
    .join(', ');
}

export interface Filter {
  kinds: string[];
  table: string;
  key: string;
  column: string;
  has: string;
}

/** As the service filters a search, for records that arrive by the tail. */
export function takes(filter: Filter, record: FoundRecord): boolean {
  if (filter.kinds.length && !filter.kinds.includes(record.operation)) return false;
  if (filter.table && record.object !== filter.table) return false;
  const either = (cell: Cell, test: (text: string) => boolean) => [cell.before, cell.after].some((value) => value != null && test(value));
  if (filter.key && !record.cells.some((cell) => record.key.includes(cell.name) && either(cell, (text) => text === filter.key))) return false;
  if (!filter.has) return true;
  if (!filter.column && record.statement?.includes(filter.has)) return true;
  return record.cells.some((cell) => (!filter.column || cell.name === filter.column) && either(cell, (text) => text.includes(filter.has)));
}
