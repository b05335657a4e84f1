// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import type { FoundRecord } from './api';
import { difference, hex, isChanged, keyText, shown, summary, takes, type Cell } from './cells';

const record = (changes: Partial<FoundRecord>): FoundRecord => ({ offset: 1, operation: 'UPDATE', object: 'shop.orders', position: '', txid: '', key: ['id'], cells: [], ...changes });
const id: Cell = { name: 'id', kind: 'number', before: '7', after: '7' };
const price: Cell = { name: 'price', kind: 'number', before: '12.34', after: '15.00' };
const note: Cell = { name: 'note', kind: 'text', before: null, after: '' };

test('NULL, the empty string and what is absent are three things', () => {
  expect(isChanged(note)).toBe(true);
  expect(isChanged(id)).toBe(false);
  expect(isChanged({ name: 'a', kind: 'text', before: null })).toBe(true);
  expect(shown(note, '')).toBe("''");
});

test('blanks at the ends and binary values are shown', () => {
  expect(shown({ name: 'a', kind: 'text' }, ' a b  ')).toBe('␣a b␣␣');
  expect(hex('AP8=')).toBe('0x00ff (2 bytes)');
  expect(shown({ name: 'a', kind: 'binary', cut: 70000 }, 'AP8=')).toBe('0x00ff (70,000 bytes)');
  expect(shown({ name: 'a', kind: 'timestamp' }, '2026-11-24 10:00:00')).toBe('2026-11-24 10:00:00 UTC');
});

test('a line says what changed', () => {
  expect(summary(record({ cells: [id, price, note] }))).toBe("price 12.34 → 15.00, note NULL → ''");
  expect(summary(record({ operation: 'INSERT', cells: [id, price] }))).toBe('2 columns');
  expect(summary(record({ operation: 'DDL', statement: 'DROP TABLE t' }))).toBe('DROP TABLE t');
  expect(keyText(record({ cells: [id] }))).toBe('7');
  expect(keyText(record({ operation: 'DELETE', cells: [{ name: 'id', kind: 'number', before: '9' }] }))).toBe('9');
});

test('what differs in long texts', () => {
  expect(difference('the quick fox', 'the slow fox')).toEqual([['the ', 'quick', ' fox'], ['the ', 'slow', ' fox']]);
  expect(difference('aaa', 'aa')).toEqual([['aa', 'a', ''], ['aa', '', '']]);
  for (const [a, b] of [['x😀y', 'x😁y'], ['😀', '😁'], ['', 'b']]) {
    const [one, two] = difference(a!, b!);
    expect(one.join('')).toBe(a);
    expect(two.join('')).toBe(b);
    for (const part of [...one, ...two]) expect(part).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
  }
});

test('the tail filters as the search does', () => {
  const filter = { kinds: ['UPDATE'], table: 'shop.orders', key: '7', column: 'price', has: '15' };
  const it = record({ cells: [id, price] });
  expect(takes(filter, it)).toBe(true);
  for (const wrong of [{ kinds: ['DDL'] }, { table: 'shop.x' }, { key: '15.00' }, { column: 'id' }, { has: '16' }]) expect(takes({ ...filter, ...wrong }, it)).toBe(false);
});
