// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokens(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const TEXT: [string, string][] = [
  ...['page', 'surface', 'sunken'].flatMap((ground): [string, string][] => [['text', ground], ['muted', ground]]),
  ['accent', 'page'], ['accent', 'surface'], ['accent', 'sunken'], ['on-accent', 'accent'], ['on-bad', 'bad'],
  ...['ok', 'warn', 'bad', 'info', 'idle'].flatMap((state): [string, string][] => [[state, `${state}-tint`], [state, 'surface'], ['text', `${state}-tint`]]),
];
const BORDERS: [string, string][] = [['control', 'page'], ['control', 'surface'], ['accent', 'page'], ['accent', 'surface']];

describe.each([['light', ':root'], ['dark', ":root[data-theme='dark']"]])('%s', (_, selector) => {
  const all = tokens(selector);
  test.each(TEXT)('%s on %s is readable', (text, ground) => {
    expect(contrast(all[text]!, all[ground]!)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(BORDERS)('%s on %s is visible', (border, ground) => {
    expect(contrast(all[border]!, all[ground]!)).toBeGreaterThanOrEqual(3);
  });
});

test('both themes have the same tokens', () => {
  expect(Object.keys(tokens(":root[data-theme='dark']")).sort()).toEqual(Object.keys(tokens(':root')).sort());
});
