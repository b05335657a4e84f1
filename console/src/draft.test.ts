// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, test, vi } from 'vitest';
import type { Draft } from './draft';

let module: typeof import('./draft');
beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  module = await import('./draft');
});

const make = (changes: Partial<Draft>): Draft => ({ ...module.draft.peek(), host: 'db1', user: 'tracker', ...changes });

test('a pasted URL fills the fields', () => {
  expect(module.fromUrl('mysql://tracker:p%40ss@db1.internal:3307?tls=required')).toEqual({ host: 'db1.internal', user: 'tracker', password: 'p@ss', port: '3307', tls: 'required' });
  expect(module.fromUrl(' mysql://db1/shop ')).toEqual({ host: 'db1' });
  expect(module.fromUrl('mysql://u@[::1]:3306')).toEqual({ host: '::1', user: 'u', port: '3306' });
  for (const text of ['db1.internal', 'http://db1', 'mysql://', 'mysql://a b@c d:x']) expect(module.fromUrl(text), text).toBeNull();
});

test('the sentence says what is tracked', () => {
  const counts = new Map([['shop', 214]]);
  const said = (objects: Draft['objects']) => module.selectionSentence(make({ objects }), counts);
  expect(said([])).toBe('Nothing is chosen yet.');
  expect(said([{ database: 'shop', table: '' }])).toBe('Tracks all of shop (214 tables today and any created later).');
  expect(said([{ database: 'shop', table: '' }, { database: 'crm', table: 'a' }, { database: 'crm', table: 'b' }])).toBe(
    'Tracks all of shop (214 tables today and any created later) and 2 tables of crm.',
  );
});

test('the command says the same as the request, without the password', () => {
  const d = make({ name: "Bob's shop", objects: [{ database: 'my.db', table: 'orders' }], start: 'position', startAt: 'bin.000001:4', keepHours: '48', schema: false });
  const command = module.commandOf(d);
  expect(command).toContain("millrace task create 'Bob'\\''s shop' --source 'mysql://tracker@db1:3306' --password-file F".replace(/'mysql:([^']*)'/, 'mysql:$1'));
  expect(command).toContain("--object '`my.db`.orders'");
  expect(command).toContain('--data-types data');
  expect(command).toContain('--from bin.000001:4');
  expect(command).toContain('--retention 48h');
  const task = module.taskOf(d, 'secret');
  expect(task.objects).toEqual(['`my.db`.orders']);
  expect(task.retention_ms).toBe(172800000);
  expect(task.data_types).toEqual(['data']);
  expect(command).not.toContain('secret');
});
