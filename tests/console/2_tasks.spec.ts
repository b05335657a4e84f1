// SPDX-License-Identifier: Apache-2.0
// Tasks and groups as they live, seen without a reload.
import { execFileSync, spawn } from 'node:child_process';
import { api, expect, open, test, track } from './pages';
import { killService, sql, startService, until, world } from './world';

let id = '';
test.beforeAll(async () => {
  sql('CREATE OR REPLACE DATABASE life; CREATE TABLE life.t (id INT PRIMARY KEY, v TEXT)');
  id = await track('life', 'life');
});

test('pause, start, kill and restart are seen without a reload, and nobody is signed out', async ({ signedIn: page }) => {
  await open(page, `/tasks/${id}`);
  await expect(page.getByRole('heading', { name: /life Running/ })).toBeVisible();
  await expect(page.getByText('No changes now; the source answers.')).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Keep running' })).toBeFocused();
  await page.getByRole('button', { name: 'Pause life' }).click();
  await expect(page.getByRole('heading', { name: /life Paused/ })).toBeVisible();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('heading', { name: /life Running/ })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await killService(world());
  await expect(page.getByText(/Not updating since/)).toBeVisible({ timeout: 15_000 });
  await startService(world());
  await expect(page.getByText(/^live, /)).toBeVisible({ timeout: 15_000 });
  sql("INSERT INTO life.t VALUES (1, 'after the restart')");
  await expect(page.getByText('1 row, ')).toBeVisible();
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
});

test('a group: its password is shown once, the snippet reads as it was copied, and it is deleted', async ({ signedIn: page }) => {
  const bodies: string[] = [];
  page.on('response', async (response) => {
    if (response.url().includes('/api/')) bodies.push(await response.text().catch(() => ''));
  });
  await open(page, `/tasks/${id}/groups`);
  await expect(page.getByText('No groups yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Create group' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Account').fill('not an account');
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog.getByText('One entry needs a change')).toBeVisible();
  await dialog.getByLabel('Account').fill('cache');
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog.getByText('The password is shown this once')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog.getByText('neither shown nor copied')).toBeVisible(); // it asks once
  await dialog.getByRole('button', { name: 'Show' }).click();
  const password = (await dialog.getByTestId('password').textContent())!;
  expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
  await dialog.getByRole('button', { name: 'Connect a client' }).click();

  await page.getByRole('button', { name: 'Copy kcat program' }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const read = execFileSync('bash', ['-c', command.replace('kcat ', 'timeout 30 kcat -c 3 ')], { encoding: 'utf8', env: { ...process.env, MILLRACE_PASSWORD: password } });
  expect(read).toMatch(/^\d+ \d+ \d+ bytes$/m);

  await page.getByRole('link', { name: 'Groups' }).last().click();
  await expect(page.getByRole('link', { name: 'cache' })).toBeVisible();
  expect(bodies.join('')).not.toContain(password);
  expect(await page.content()).not.toContain(password);
  expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, location.href]))).not.toContain(password);

  await page.getByRole('link', { name: 'cache' }).click();
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(dialog.getByText('has a new password')).toBeVisible();
  await dialog.getByRole('button', { name: 'Show' }).click();
  expect(await dialog.getByTestId('password').textContent()).not.toBe(password);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).last().click();
  await page.getByRole('button', { name: 'Delete cache' }).click();
  await expect(page.getByText('No groups yet.')).toBeVisible();
});

test('a client that is connected is shown, and a group without a position says so', async ({ signedIn: page }) => {
  const group = await api('POST', '/api/v1/groups', { task: id, account: 'reader', password: 'Reader-0123' });
  await open(page, '/groups');
  const row = page.getByRole('row', { name: /life \/ reader/ });
  await expect(row).toContainText('Never connected');
  await expect(row).toContainText('No position yet');
  const words = ['-b', world().kafka, '-X', 'security.protocol=SASL_PLAINTEXT', '-X', 'sasl.mechanism=PLAIN', '-X', `sasl.username=${group.user}`,
    '-X', 'sasl.password=Reader-0123', '-X', 'auto.offset.reset=earliest', '-c', '2', '-G', group.id, 'life'];
  execFileSync('kcat', words, { stdio: 'ignore', timeout: 30_000 });
  await expect(row).toContainText('No client');
  await expect(row).not.toContainText('No position yet');

  await row.getByRole('link').click();
  await page.getByRole('button', { name: 'Reset position' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByText('Choose where the group is to go on.')).toBeVisible(); // nothing is preselected
  await dialog.getByRole('radio', { name: 'at a time' }).check();
  await dialog.getByLabel(/^Time, in/).fill('2099-01-01 00:00');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByText('No record is that new; the group would begin with the next one.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Back' }).click();
  await dialog.getByRole('radio', { name: 'at the earliest record' }).check();
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByText(/^2 records are read again, 0 skipped\./)).toBeVisible();
  await dialog.getByText('Show as command').click();
  await expect(dialog.getByText(`millrace group reset ${group.id} --to earliest`)).toBeVisible();
  // A client that connects meanwhile is in the way until it goes.
  const reader = spawn('kcat', words.filter((w) => w !== '-c' && w !== '2'), { stdio: 'ignore' });
  await expect(dialog.getByText('waiting for the client to go')).toBeVisible();
  const refused = await fetch(`${world().url}/api/v1/groups/${group.id}/reset`, { method: 'POST', headers: { Authorization: `Bearer ${world().token}` }, body: '{"to":"earliest"}' });
  expect(refused.status).toBe(409);
  reader.kill('SIGTERM');
  await expect(dialog.getByText('waiting for the client to go')).toBeHidden();
  await dialog.getByRole('button', { name: 'Reset position' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(/^offset 0, /)).toBeVisible();
});

test('the overview sorts, filters, keeps both in its address, and says what failed', async ({ signedIn: page }) => {
  await track('other', 'crm');
  await open(page, '/?sort=-log');
  await expect(page.getByText(/All \d tasks run\./)).toBeVisible();
  await page.getByLabel('Name, host, label or GTID').fill('oth');
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page).toHaveURL(/q=oth/);
  await page.reload();
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByLabel('Name, host, label or GTID').fill('nobody');
  await expect(page.getByText('No task matches “nobody”.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filter' }).click();
  // The binlog that a paused task needs is purged: it cannot go on, and says why.
  await api('POST', '/api/v1/tasks/other/pause');
  await expect(page.getByText(/1 paused/)).toBeVisible();
  sql('FLUSH BINARY LOGS; INSERT INTO crm.users VALUES (1, "a"); FLUSH BINARY LOGS');
  const last = sql('SHOW BINARY LOGS').trim().split('\n').pop()!.split('\t')[0]!;
  await until('the older files are gone', () => {
    sql(`PURGE BINARY LOGS TO '${last}'`);
    return sql('SHOW BINARY LOGS').trim().split('\n').length === 1;
  });
  await api('POST', '/api/v1/tasks/other/start', {});
  const attention = page.getByRole('region', { name: 'What needs attention' });
  await expect(attention).toContainText('other');
  await attention.getByRole('link', { name: 'See what to do' }).click();
  await expect(page.getByText('The task stopped')).toBeVisible();
  await expect(page.getByText('Stopped so that nothing is skipped.')).toBeVisible();
  await api('DELETE', '/api/v1/tasks/other');
  await expect(page.getByText('No task has the ID', { exact: false })).toBeVisible();
});

test('seven tabs are all live', async ({ signedIn: page, context }) => {
  const tabs = [page];
  while (tabs.length < 7) tabs.push(await context.newPage());
  for (const tab of tabs) await open(tab, '/');
  for (const tab of tabs) {
    await expect(tab.getByRole('link', { name: 'life' })).toBeVisible();
    await expect(tab.getByText(/^live, /)).toBeVisible();
  }
});
