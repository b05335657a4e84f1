// SPDX-License-Identifier: Apache-2.0
// What holds of every page: accessible in both themes at both ends of the widths, no sideways scroll, nothing from outside, nothing
// without signing in.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { api, expect, open, test, track } from './pages';
import { sql, until, world } from './world';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function audit(page: Page, where: string) {
  // A string is evaluated beside the page's policy, which allows no script of ours.
  await page.evaluate(AXE);
  // A page that has just been opened may be between two paints.
  await expect(async () => {
    const found = await page.evaluate(async () => {
      const { violations } = await (window as any).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
      return violations.map((v: any) => `${v.id}: ${v.nodes.map((n: any) => n.html.slice(0, 120)).join(' | ')}`);
    });
    expect(found, where).toEqual([]);
  }).toPass({ timeout: 5_000 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where} scrolls sideways`).toBe(true);
}

let id = '';
let group = '';
let offset = 0;
test.beforeAll(async () => {
  sql('CREATE OR REPLACE DATABASE every; CREATE TABLE every.a_table_with_a_long_name_that_goes_on (id INT PRIMARY KEY, v TEXT)');
  id = await track('every', 'every');
  group = (await api('POST', '/api/v1/groups', { task: id, account: 'reader', password: 'Reader-0123' })).id;
  sql("INSERT INTO every.a_table_with_a_long_name_that_goes_on VALUES (1, 'a'); UPDATE every.a_table_with_a_long_name_that_goes_on SET v = 'b'");
  offset = await until('the update is there', async () => {
    const page = await api('GET', `/api/v1/tasks/${id}/records/search?kinds=UPDATE`);
    return page.records[0]?.offset as number;
  });
});

const NAMES = ['/', '/tasks/new', '/tasks/ID', '/tasks/ID/objects', '/tasks/ID/groups', '/tasks/ID/groups/GROUP', '/tasks/ID/records', '/tasks/ID/records/OFFSET',
  '/tasks/ID/connect?group=GROUP', '/tasks/ID/setup/check', '/groups', '/audit', '/settings', '/nowhere'];

for (const [theme, width] of [['light', 360], ['dark', 360], ['light', 1920], ['dark', 1920]] as const) {
  test(`axe finds nothing, ${theme}, ${width} px`, async ({ signedIn: page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    for (const name of NAMES) {
      await open(page, name.replace('ID', id).replace('GROUP', group).replace('OFFSET', String(offset)));
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('.waiting')).toHaveCount(0);
      if (name.endsWith('OFFSET')) await expect(page.locator('[data-cell]')).toHaveCount(2);
      await audit(page, name);
    }
    await open(page, `/tasks/${id}/groups`);
    await page.getByRole('button', { name: 'Create group' }).click();
    await audit(page, 'create group');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Create group' })).toBeFocused();
    await page.getByRole('button', { name: 'Delete' }).click();
    await audit(page, 'delete');
    await open(page, `/tasks/${id}/groups/${group}`);
    await page.getByRole('button', { name: 'Reset position' }).click();
    await page.getByRole('radio', { name: 'at the earliest record' }).check();
    await audit(page, 'reset');
    await page.getByRole('button', { name: 'Preview' }).click();
    await expect(page.getByRole('heading', { name: 'What will happen to reader' })).toBeVisible();
    await audit(page, 'preview of a reset');
  });
}

test('signed out, every page asks to sign in and the API tells nothing', async ({ page, problems }) => {
  void problems;
  await open(page, '/tasks/x?y=1');
  await expect(page.getByRole('heading', { name: 'Sign in to Millrace' })).toBeVisible();
  await expect(page).toHaveURL(/login\?next=%2Ftasks%2Fx%3Fy%3D1/);
  await audit(page, 'sign in');
  for (const path of ['tasks', 'groups', 'events', 'audit', 'session', 'service', 'nothing']) {
    expect((await fetch(`${world().url}/api/v1/${path}`)).status, path).toBe(401);
  }
  const shell = await fetch(`${world().url}/tasks/x`);
  expect(shell.headers.get('cache-control')).toBe('no-store');
  expect(shell.headers.get('content-security-policy')).toContain("default-src 'none'");
  const text = await shell.text();
  expect(text).not.toContain('style=');
  for (const asset of [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]!)) {
    const answer = await fetch(world().url + asset);
    expect(answer.headers.get('cache-control'), asset).toContain('immutable');
  }
});

test('a session that ends leaves the page as it was, and one can sign in again over it', async ({ signedIn: page }) => {
  await open(page, '/tasks/new');
  await page.getByLabel('Task name (optional)').fill('half filled');
  await page.context().clearCookies();
  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Account').fill('a');
  await page.getByRole('button', { name: 'Test connection' }).click();
  const dialog = page.getByRole('dialog', { name: 'The session has ended' });
  await dialog.getByLabel('Admin token', { exact: true }).fill(world().token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Task name (optional)')).toHaveValue('half filled');
});

test('by keyboard: skip link, search, pages, help', async ({ signedIn: page }) => {
  await open(page, '/');
  await expect(page.getByRole('link', { name: 'every' })).toBeVisible();
  await page.locator('body').press('/');
  await expect(page.getByLabel('Name, host, label or GTID')).toBeFocused();
  await page.keyboard.type('g a'); // in a field they are letters
  await expect(page).toHaveURL(/q=g/);
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeFocused();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  await skip.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
});

test('the first load is small and quick', async ({ signedIn: page }) => {
  let bytes = 0;
  page.on('response', async (response) => {
    if (!response.url().includes('/api/')) bytes += Number((await response.headerValue('content-length')) ?? 0);
  });
  await open(page, '/');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(150_000);
});
