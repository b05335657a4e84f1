// SPDX-License-Identifier: Apache-2.0
// Where the console is: the browser's address, as a signal.
import { computed, signal } from '@preact/signals';

const address = signal(read());

function read() {
  return { path: location.pathname, query: location.search };
}

export const path = computed(() => address.value.path);
export const query = computed(() => new URLSearchParams(address.value.query));
/** The path's parts: ["tasks", "x1", "groups"]. */
export const segments = computed(() => path.value.split('/').filter(Boolean).map(decoded));

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

addEventListener('popstate', () => {
  address.value = read();
});

export function navigate(to: string, options: { replace?: boolean } = {}) {
  if (options.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  const before = address.peek().path;
  address.value = read();
  if (before !== address.peek().path) scrollTo(0, 0);
}

/** Changes some of the query in place; empty values are taken out. */
export function setQuery(changes: Record<string, string>) {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  navigate(path.peek() + (text ? `?${text}` : ''), { replace: true });
}

/** Lets plain clicks on our own links change the page without loading it. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/') || ['/metrics', '/healthz', '/readyz'].includes(link.pathname)) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

export const taskPath = (task: string, ...rest: string[]) => ['/tasks', task, ...rest].map((part, i) => (i ? encodeURIComponent(part) : part)).join('/');
