// SPDX-License-Identifier: Apache-2.0
// What all tests of the console share: a MariaDB with a shop in it, and a service on free ports. Both go at the end.
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

export interface World {
  url: string; // of the console
  link: string; // that signs in once
  token: string;
  data: string;
  kafka: string;
  httpPort: number;
  db: { host: string; port: number; user: string; password: string };
  home: string;
}

export const world = (): World => JSON.parse(process.env.MILLRACE_WORLD!) as World;
export const binary = process.env.MILLRACE_BIN ?? path.join(root, 'build/release/millrace');

export function sql(statements: string): string {
  const { db } = world();
  return execFileSync('mariadb', ['-h', db.host, '-P', String(db.port), '-u', 'root', '--skip-ssl', '-N', '-B', '-e', statements], { encoding: 'utf8' });
}

export function millrace(...words: string[]): string {
  return execFileSync(binary, words, { encoding: 'utf8', env: { ...process.env, MILLRACE_DATA: world().data } });
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until<T>(what: string, ask: () => T | Promise<T>, ms = 30_000): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`still not after ${ms} ms: ${what}`);
    await sleep(50);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function startDatabase(log: string): Promise<{ process: ChildProcess; db: World['db'] }> {
  const out = openSync(log, 'a');
  const child = spawn('/usr/bin/python3', ['-m', 'tests.servers', 'start', 'mariadb-10.11'], { cwd: root, stdio: ['ignore', out, out] });
  const found = await until('MariaDB is up', () => {
    if (child.exitCode !== null) throw new Error(`MariaDB did not start: ${readFileSync(log, 'utf8')}`);
    return /; (\w+) has (\w+): mysql:\/\/\w+@([\d.]+):(\d+)/.exec(readFileSync(log, 'utf8'));
  }, 120_000);
  return { process: child, db: { user: found[1]!, password: found[2]!, host: found[3]!, port: Number(found[4]) } };
}

const pidFile = (at: World) => path.join(at.home, 'serve.pid');
const logFile = (at: World) => path.join(at.home, 'serve.log');

/** Also for tests that end the service and start it again. */
export async function startService(at: World) {
  const out = openSync(logFile(at), 'a');
  const child = spawn(binary, ['serve', '--data', at.data, '--kafka', at.kafka, '--http', `127.0.0.1:${at.httpPort}`], {
    stdio: ['ignore', out, out],
    detached: true,
  });
  child.unref();
  writeFileSync(pidFile(at), String(child.pid));
  await until('the service answers', async () => {
    if (child.exitCode !== null) throw new Error(`millrace serve ended: ${readFileSync(logFile(at), 'utf8')}`);
    return fetch(`${at.url}/healthz`).then((answer) => answer.ok, () => false);
  });
}

export async function killService(at: World) {
  process.kill(Number(readFileSync(pidFile(at), 'utf8')), 'SIGKILL');
  await until('the service is gone', () => fetch(`${at.url}/healthz`).then(() => false, () => true));
}

export default async function setUp() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'mr-console-'));
  const database = await startDatabase(path.join(home, 'database.log'));
  const httpPort = await freePort();
  const at: World = {
    url: `http://127.0.0.1:${httpPort}`,
    link: '',
    token: '',
    data: path.join(home, 'data'),
    kafka: `127.0.0.1:${await freePort()}`,
    httpPort,
    db: database.db,
    home,
  };
  await startService(at);
  at.link = /console: (\S+\/welcome#\S+)/.exec(readFileSync(logFile(at), 'utf8'))![1]!;
  at.token = readFileSync(path.join(at.data, 'admin.token'), 'utf8').trim();
  process.env.MILLRACE_WORLD = JSON.stringify(at);
  sql(`CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4; USE shop;
    CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, price DECIMAL(10,2), note TEXT, raw VARBINARY(20), at DATETIME);
    CREATE TABLE audit_raw (line TEXT);
    CREATE DATABASE crm; CREATE TABLE crm.users (id INT PRIMARY KEY, name VARCHAR(40));`);
  return async () => {
    await killService(at);
    database.process.kill('SIGTERM');
    await until('MariaDB is gone', () => database.process.exitCode !== null || database.process.signalCode !== null);
    rmSync(home, { recursive: true, force: true });
  };
}
