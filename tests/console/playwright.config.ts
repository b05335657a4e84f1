// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from '@playwright/test';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

export default defineConfig({
  testDir: __dirname,
  outputDir: path.join(root, 'build/results/console'),
  globalSetup: './world.ts',
  // One service and one server: each test makes its own tasks, in the order of the files.
  workers: 1,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['junit', { outputFile: path.join(root, 'build/results/console.xml') }]],
  use: {
    screenshot: 'only-on-failure',
    viewport: { width: 1280, height: 800 },
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] },
  },
});
