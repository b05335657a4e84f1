// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { objectName, word } from './shell';

test('words of a command are quoted for a POSIX shell', () => {
  expect(word('shop.orders')).toBe('shop.orders');
  expect(word('my shop')).toBe("'my shop'");
  expect(word("it's $HOME")).toBe("'it'\\''s $HOME'");
  expect(word('')).toBe("''");
});

test('odd names of objects are in backquotes', () => {
  expect(objectName('shop', 'orders')).toBe('shop.orders');
  expect(objectName('my.db', 'a`b')).toBe('`my.db`.`a``b`');
  expect(objectName('shop')).toBe('shop');
});
