// SPDX-License-Identifier: Apache-2.0
import type { IconName } from '../states';

const PATHS: Record<IconName | 'passed' | 'info' | 'open' | 'menu', string> = {
  running: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
  retrying: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  failed: 'M4 4l8 8M12 4l-8 8',
  paused: 'M5.5 3.5v9M10.5 3.5v9',
  waiting: 'M8 2.5v2.2M8 11.3v2.2M2.5 8h2.2M11.3 8h2.2M4.1 4.1l1.6 1.6M10.3 10.3l1.6 1.6M4.1 11.9l1.6-1.6M10.3 5.7l1.6-1.6',
  ready: 'M5 3.5v9l7-4.5z',
  none: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3',
  passed: 'M3 8.5l3.2 3.2L13 5',
  info: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3ZM8 7.5v3M8 5.4v.2',
  open: 'M6 3.5 10.5 8 6 12.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
};

export function Icon({ name, class: extra = '' }: { name: keyof typeof PATHS; class?: string }) {
  const filled = name === 'running' || name === 'ready';
  return (
    <svg class={`icon ${extra}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={filled ? 'currentColor' : 'none'} stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
