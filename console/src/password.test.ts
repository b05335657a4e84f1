// SPDX-License-Identifier: Apache-2.0
import { webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import { accountProblem, makePassword, passwordProblem } from './password';

test('accounts', () => {
  for (const right of ['a', 'cache_1', 'x'.repeat(16)]) expect(accountProblem(right)).toBe('');
  for (const wrong of ['', 'a-b', 'x'.repeat(17), 'ä']) expect(accountProblem(wrong)).not.toBe('');
});

test('passwords', () => {
  for (const right of ['abcdefg1', 'ABCDefgh', 'A-------', 'x1'.repeat(16)]) expect(passwordProblem(right)).toBe('');
  for (const wrong of ['abcdefgh', 'abcde1', '', `x1${'y'.repeat(31)}`]) expect(passwordProblem(wrong)).not.toBe('');
});

test('made passwords keep the rules and differ', () => {
  const made = new Set(Array.from({ length: 200 }, () => makePassword((into) => webcrypto.getRandomValues(into))));
  expect(made.size).toBe(200);
  for (const password of made) expect(passwordProblem(password)).toBe('');
});
