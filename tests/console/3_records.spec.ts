// SPDX-License-Identifier: Apache-2.0
// The record browser: what it finds, how values look, and that it never moves under the hand.
import { endOf, expect, open, test, track } from './pages';
import { sql, until, world } from './world';

const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> `\u202eevil\u202c` \u0000'.replace('\u0000', '');
let id = '';

test.beforeAll(async () => {
  sql('CREATE OR REPLACE DATABASE rec DEFAULT CHARACTER SET utf8mb4; CREATE TABLE rec.t (id BIGINT PRIMARY KEY, d DECIMAL(30,10), v TEXT, b VARBINARY(20), at DATETIME(6)); CREATE TABLE rec.u (id INT PRIMARY KEY)');
  id = await track('rec', 'rec');
  sql(`SET NAMES utf8mb4; USE rec;
    INSERT INTO t VALUES (9007199254740993, 12345678901234567890.0123456789, ' blanks ', x'00ff', '2026-01-02 03:04:05.123456');
    UPDATE t SET v = NULL, d = 0;
    UPDATE t SET v = '';
    INSERT INTO t VALUES (2, 1, '${HOSTILE}', NULL, NULL);
    INSERT INTO u VALUES (7);
    DELETE FROM t WHERE id = 2;
    ALTER TABLE t ADD COLUMN gift INT;`);
  await until('all records are there', async () => (await endOf(id)) >= 20);
});

test('values are as the server has them, before and after, and text stays text', async ({ signedIn: page }) => {
  await open(page, `/tasks/${id}/records?order=oldest`);
  await page.getByRole('row', { name: /INSERT rec\.t 9007199254740993/ }).getByRole('link').click();
  const cell = (name: string) => page.locator(`[data-cell=${name}]`);
  await expect(cell('id')).toContainText('9007199254740993');
  await expect(cell('d')).toContainText('12345678901234567890.0123456789');
  await expect(cell('v')).toContainText('␣blanks␣');
  await expect(cell('b')).toContainText('0x00ff (2 bytes)');
  await expect(cell('at')).toContainText('2026-01-02 03:04:05.123456');
  await expect(page.getByRole('columnheader', { name: 'Before' })).toHaveCount(0); // an INSERT has none
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('tr', { hasText: "v NULL → ''" }).getByRole('link').click();
  await page.getByLabel('Changed columns only').check();
  await expect(page.locator('[data-cell]')).toHaveCount(1);
  await expect(cell('v')).toContainText('NULL');
  await expect(cell('v')).toContainText("''");
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('row', { name: /DELETE rec\.t 2/ }).getByRole('link').click();
  await expect(cell('v')).toContainText(HOSTILE.trim());
  await expect(page.getByRole('columnheader', { name: 'After' })).toHaveCount(0);
  await expect(page.locator('main img, main script')).toHaveCount(0);
});

test('filters are in the address, and a deep link shows the same record to another browser', async ({ signedIn: page, browser }) => {
  await open(page, `/tasks/${id}/records`);
  await page.getByLabel('Table').fill('rec.u');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('1 match.')).toBeVisible();
  await expect(page).toHaveURL(/table=rec\.u/);
  await page.getByLabel('Table').fill('');
  await page.getByLabel('Key').fill('9007199254740993');
  await page.getByLabel('UPDATE').uncheck();
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('1 match.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('1 match.')).toBeVisible();
  await page.getByRole('row', { name: /INSERT/ }).getByRole('link').click();
  const address = page.url();
  const other = await browser.newContext();
  const fresh = await other.newPage();
  await fresh.goto(address);
  await fresh.getByLabel('Admin token', { exact: true }).fill(world().token);
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await expect(fresh.locator('[data-cell=id]')).toContainText('9007199254740993'); // through the sign-in and back
  await fresh.goto(`${world().url}/tasks/${id}/records/999999`);
  await expect(fresh.getByText('The log has no record at offset 999999', { exact: false })).toBeVisible();
  await other.close();
});

test('the live tail shows all of a burst, holds while a record is open, and goes on', async ({ signedIn: page }) => {
  await open(page, `/tasks/${id}/records?tail=1&table=rec.u`);
  await expect(page.getByText('waiting for the next change')).toBeVisible();
  const values = (from: number, n: number) => Array.from({ length: n }, (_, i) => `(${from + i})`).join();
  sql(`INSERT INTO rec.u VALUES ${values(100, 50)}`);
  await expect(page.locator('tbody tr')).toHaveCount(50);
  await page.getByRole('row', { name: /rec\.u 120/ }).getByRole('link').click();
  const before = await page.locator('[data-open]').boundingBox();
  sql(`INSERT INTO rec.u VALUES ${values(200, 30)}`);
  await expect(page.getByText('30 newer; close the record to go on.')).toBeVisible();
  expect((await page.locator('[data-open]').boundingBox())!.y).toBe(before!.y);
  await page.getByRole('button', { name: 'Close' }).click();
  // The page was scrolled to the row, which holds the tail as well.
  await page.getByRole('button', { name: '30 newer, go on' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(80);
  await page.keyboard.press('.');
  await expect(page.getByText('Held.')).toBeVisible();
  sql(`INSERT INTO rec.u VALUES ${values(300, 5)}`);
  await page.getByRole('button', { name: '5 newer, go on' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(85);
});
