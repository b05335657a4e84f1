// SPDX-License-Identifier: Apache-2.0
// From the first start to a tracked row on the screen; and what the wizard says on the way when the source refuses.
import { execFileSync } from 'node:child_process';
import { api, expect, open, passwordFile, test } from './pages';
import { binary, sql, world } from './world';

test('the first minute: from the printed link to the first row, by clicks', async ({ page, problems }) => {
  void problems;
  const { link, db } = world();
  const begun = Date.now();
  await page.goto(link);
  await expect(page.getByText('No tasks yet.')).toBeVisible();
  expect(page.url()).not.toContain('#'); // the secret is out of the address
  await page.getByRole('link', { name: 'New task' }).first().click();
  // A pasted URL fills the fields.
  await page.getByLabel('Host').fill(`mysql://${db.user}:${db.password}@${db.host}:${db.port}`);
  await expect(page.getByLabel('Host')).toHaveValue(db.host);
  await page.getByLabel('Task name (optional)').fill('first');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: 'shop' }).check();
  await expect(page.getByText('Tracks all of shop (2 tables today and any created later).')).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Show as command').click();
  const command = (await page.getByLabel('command', { exact: true }).textContent())!;
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText(/The precheck is passed/)).toBeVisible();
  // Back from here, too: nothing of the task that was checked stays behind.
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(page.getByLabel('Keep records, hours')).toHaveValue('24');
  expect((await api('GET', '/api/v1/tasks')).tasks).toEqual([]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText(/The precheck is passed/)).toBeVisible();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('heading', { name: /first Running/ })).toBeVisible();
  sql("INSERT INTO shop.orders (price, note) VALUES (12.34, 'the first row')");
  await page.getByRole('link', { name: 'Records' }).click();
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('cell', { name: '+ INSERT' })).toBeVisible();
  expect(Date.now() - begun).toBeLessThan(60_000);
  // What the sentence said is what the API keeps, and the command that was shown makes the same task.
  const spec = async (name: string) => (await api('GET', `/api/v1/tasks/${name}`)).spec;
  expect((await spec('first')).objects).toEqual(['shop']);
  const words = command.replace(/^millrace/, binary).replace('create first', 'create second').replace('password-file F', `password-file ${passwordFile(db.password)}`);
  execFileSync('bash', ['-c', `${words} --no-start`], { env: { ...process.env, MILLRACE_DATA: world().data } });
  expect(await spec('second')).toEqual(await spec('first'));
  await api('DELETE', '/api/v1/tasks/second');
});

test('the printed link signs in once, and a wrong token says where the right one is', async ({ page, problems }) => {
  void problems;
  await page.goto(world().link);
  await expect(page.getByText('it is good once')).toBeVisible();
  await page.getByRole('link', { name: 'sign in with the token' }).click();
  await page.getByLabel('Admin token', { exact: true }).fill('not the token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('this token is not right')).toBeVisible();
  await page.getByLabel('Admin token', { exact: true }).fill(world().token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('Back and a reload keep everything but the password', async ({ signedIn: page }) => {
  const { db } = world();
  await open(page, '/tasks/new');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('2 entries need a change')).toBeVisible();
  await expect(page).toHaveTitle(/^Error: /);
  await page.getByLabel('Host').fill(`mysql://${db.user}:wrong@${db.host}:${db.port}`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('The account or the password is wrong', { exact: false })).toBeVisible();
  await expect(page.getByText(`CREATE USER '${db.user}'@'127.0.0.1'`, { exact: false })).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(db.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Tables of crm' }).click();
  await page.getByRole('checkbox', { name: 'users' }).check();
  await page.getByLabel(/^Search/).fill('ord');
  await expect(page.getByRole('checkbox', { name: 'orders' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'users' })).toBeHidden();
  await expect(page.getByText('Tracks 1 table of crm.')).toBeVisible(); // searching unselects nothing
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Keep records, hours').fill('48');
  await page.getByRole('radio', { name: 'time' }).check();
  await page.getByLabel(/^Time, in/).fill('soon');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert').getByText('This is not a time', { exact: false })).toBeVisible();
  await page.reload();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(db.password);
  await page.getByLabel('Password', { exact: true }).fill(db.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('Keep records, hours')).toHaveValue('48');
  await page.getByRole('link', { name: 'Back' }).click();
  await expect(page.getByText('Tracks 1 table of crm.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove crm.users' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert').getByText('Nothing is chosen', { exact: false })).toBeVisible();
});

test('a missing grant is named, and its statement, run as copied, mends it', async ({ signedIn: page }) => {
  const { db } = world();
  sql("CREATE USER weak@'%' IDENTIFIED BY 'Weak-0123'; GRANT SELECT, REPLICATION CLIENT, SHOW VIEW ON *.* TO weak@'%'");
  await open(page, '/tasks/new');
  await page.getByLabel('Host').fill(`mysql://weak:Weak-0123@${db.host}:${db.port}`);
  await page.getByRole('button', { name: 'Test connection' }).click();
  const item = page.locator('[data-check=privileges]');
  await expect(item).toContainText('needs a change');
  await item.getByRole('button', { name: /^Copy/ }).click();
  const statement = await page.evaluate(() => navigator.clipboard.readText());
  expect(statement).toContain('REPLICATION SLAVE');
  sql(statement);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.getByText('can be tracked')).toBeVisible();
});

test('a precheck goes on alone, and Start waits for what failed', async ({ signedIn: page }) => {
  const { db } = world();
  const made = JSON.stringify({
    name: 'broken', start: false, objects: ['nowhere'],
    sources: [{ host: db.host, port: db.port, user: db.user, password: db.password }],
  });
  const answer = await page.request.post(`${world().url}/api/v1/tasks`, { headers: { Authorization: `Bearer ${world().token}` }, data: JSON.parse(made) });
  const { id } = await answer.json();
  await open(page, '/');
  await page.getByRole('link', { name: 'broken' }).click();
  await expect(page.getByText(/1 of \d+ checks needs a change/)).toBeVisible();
  await expect(page.locator('[data-check=objects]')).toContainText('nowhere');
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByRole('button', { name: 'Back' })).toHaveCount(0); // it was not made of this browser's draft
  sql('CREATE DATABASE nowhere; CREATE TABLE nowhere.t (id INT PRIMARY KEY)');
  await page.getByRole('button', { name: 'Run again' }).click();
  await expect(page.getByText(/The precheck is passed/)).toBeVisible();
  await open(page, `/tasks/${id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByLabel('Type broken').fill('broken');
  await page.getByRole('button', { name: 'Delete broken' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'broken' })).toHaveCount(0);
});
