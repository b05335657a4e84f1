// SPDX-License-Identifier: Apache-2.0
// What each browser chooses for itself: theme, zone, single keys. Kept there, nowhere else.
import { effect, signal } from '@preact/signals';
import * as units from './units';

function kept<T extends string>(name: string, values: readonly T[], otherwise: T) {
  const found = localStorage.getItem(`millrace.${name}`) as T | null;
  const out = signal<T>(found && values.includes(found) ? found : otherwise);
  effect(() => localStorage.setItem(`millrace.${name}`, out.value));
  return out;
}

export const theme = kept('theme', ['system', 'light', 'dark'], 'system');
export const zoneChoice = kept('zone', ['browser', 'utc'], 'browser');
export const keys = kept('keys', ['on', 'off'], 'on');

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(dark.matches);
dark.addEventListener('change', () => {
  systemIsDark.value = dark.matches;
});
effect(() => {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
});

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function zone(): units.Zone {
  return { name: zoneChoice.value === 'utc' ? 'UTC' : browserZone };
}

/** A time of the API in the chosen zone; "–" where there is none. */
export function time(at: string | null | undefined, options: { ms?: boolean; offset?: boolean } = {}): string {
  return at ? units.time(new Date(at), zone(), options) : '–';
}
