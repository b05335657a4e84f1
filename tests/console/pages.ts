// SPDX-License-Identifier: Apache-2.0
// What tests do again and again: signing in, making tasks and groups by the command line, asking the API.
import { test as base, expect, type Page } from '@playwright/test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { millrace, until, world } from './world';

/** A page that is signed in, in a browser that has seen nothing; what its policy or the network refuse fails the test. */
export const test = base.extend<{ problems: string[]; signedIn: Page }>({
  problems: async ({ page }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted|Refused to/.test(message.text())) problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(world().url) && !request.url().startsWith('blob:')) problems.push(`outside: ${request.url()}`);
    });
    await use(problems);
    expect(problems).toEqual([]);
  },
  signedIn: async ({ page, problems }, use) => {
    void problems;
    const answer = await page.request.post(`${world().url}/api/v1/login`, { data: { token: world().token } });
    expect(answer.status()).toBe(200);
    await use(page);
  },
});
export { expect };

export async function open(page: Page, address: string) {
  await page.goto(world().url + address);
}

export async function api<T = any>(method: string, address: string, body?: unknown): Promise<T> {
  const answer = await fetch(world().url + address, {
    method,
    headers: { Authorization: `Bearer ${world().token}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export function passwordFile(password: string): string {
  const file = path.join(mkdtempSync(path.join(world().home, 'pw-')), 'password');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return file;
}

/** A running task on these objects; its ID. */
export async function track(name: string, ...objects: string[]): Promise<string> {
  const { db } = world();
  const words = objects.flatMap((object) => ['--object', object]);
  millrace('task', 'create', name, '--source', `mysql://${db.user}@${db.host}:${db.port}`, '--password-file', passwordFile(db.password), ...words);
  return until(`${name} runs`, async () => {
    const task = await api('GET', `/api/v1/tasks/${name}`);
    return task.state === 'running' ? (task.id as string) : '';
  });
}

export async function endOf(task: string): Promise<number> {
  return (await api('GET', `/api/v1/tasks/${task}`)).log.end_offset;
}
