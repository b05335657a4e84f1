// SPDX-License-Identifier: Apache-2.0
// A task that is being made. It is kept in this browser, so that Back and a reload lose nothing; its password is not.
import { effect, signal } from '@preact/signals';
import type { NewTask, SourceReport } from './api';
import { objectName, word } from './shell';

export interface Chosen {
  database: string;
  table: string; // empty: the whole database
}

export interface Draft {
  name: string;
  host: string;
  port: string;
  user: string;
  tls: 'disabled' | 'preferred' | 'required' | 'verify-ca' | 'verify-identity';
  tlsCa: string;
  objects: Chosen[];
  data: boolean;
  schema: boolean;
  schemaScope: 'instance' | 'selected';
  start: 'latest' | 'earliest' | 'time' | 'position' | 'gtid';
  startAt: string;
  topic: string;
  compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  onlineDdl: 'fold' | 'raw';
  keepHours: string;
  keepGib: string;
  saved: string;
  /** The task of the service that was made of this draft and was not started yet. */
  task: string;
}

const EMPTY: Draft = {
  name: '',
  host: '',
  port: '3306',
  user: '',
  tls: 'preferred',
  tlsCa: '',
  objects: [],
  data: true,
  schema: true,
  schemaScope: 'instance',
  start: 'latest',
  startAt: '',
  topic: '',
  compression: 'none',
  onlineDdl: 'fold',
  keepHours: '24',
  keepGib: '',
  saved: '',
  task: '',
};

function load(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem('millrace.draft') ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export const draft = signal<Draft>(load());
/** Of this page's life only; null: not entered since the page was loaded. */
export const password = signal<string | null>(null);
/** What the last test said, and of which source. */
export const tested = signal<{ source: string; report: SourceReport; at: string } | null>(null);

effect(() => localStorage.setItem('millrace.draft', JSON.stringify(draft.value)));

export function change(changes: Partial<Draft>) {
  draft.value = { ...draft.peek(), ...changes, saved: new Date().toISOString() };
}

export function clearDraft() {
  draft.value = EMPTY;
  password.value = null;
  tested.value = null;
}

/** What a pasted mysql://user:password@host:port?tls=MODE says; null when it is none. */
export function fromUrl(text: string): (Partial<Draft> & { password?: string }) | null {
  const match = /^mysql:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]+\]|[^:/?@]+)(?::(\d{1,5}))?(?:\/[^?]*)?(?:\?(.*))?$/.exec(text.trim());
  if (!match) return null;
  const [, user, secret, host, port, query] = match;
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  const out: Partial<Draft> & { password?: string } = { host: host!.replace(/^\[|\]$/g, '') };
  if (user) out.user = decode(user);
  if (secret) out.password = decode(secret);
  if (port) out.port = port;
  const tls = new URLSearchParams(query ?? '').get('tls');
  if (tls && ['disabled', 'preferred', 'required', 'verify-ca', 'verify-identity'].includes(tls)) out.tls = tls as Draft['tls'];
  return out;
}

export function sourceOf(d: Draft, secret: string | null) {
  return {
    host: d.host.trim(),
    port: Number(d.port) || 3306,
    user: d.user.trim(),
    ...(secret ? { password: secret } : {}),
    tls: d.tls,
    ...(d.tlsCa.trim() ? { tls_ca: d.tlsCa.trim() } : {}),
  };
}

export const fromOf = (d: Draft) => (d.start === 'latest' || d.start === 'earliest' ? d.start : d.startAt.trim());

export function taskOf(d: Draft, secret: string | null): NewTask {
  return {
    name: d.name.trim() || d.host.trim(),
    start: false,
    sources: [sourceOf(d, secret)],
    objects: d.objects.map((o) => objectName(o.database, o.table)),
    data_types: [...(d.data ? (['data'] as const) : []), ...(d.schema ? (['schema'] as const) : [])],
    schema_scope: d.schemaScope,
    from: fromOf(d),
    topic: d.topic.trim(),
    format: 'dts-avro',
    compression: d.compression,
    retention_ms: Math.round(Number(d.keepHours) * 3600000),
    ...(d.keepGib.trim() ? { retention_bytes: Math.round(Number(d.keepGib) * 2 ** 30) } : {}),
    online_ddl: d.onlineDdl,
    partial_rows: 'stop',
  };
}

/** The same for a terminal. */
export function commandOf(d: Draft): string {
  const host = d.host.includes(':') ? `[${d.host.trim()}]` : d.host.trim();
  const url = `mysql://${encodeURIComponent(d.user.trim())}@${host}:${Number(d.port) || 3306}${d.tls === 'preferred' ? '' : `?tls=${d.tls}`}`;
  const parts = [
    `millrace task create ${word(d.name.trim() || d.host.trim())} --source ${word(url)} --password-file F`,
    ...d.objects.map((o) => `--object ${word(objectName(o.database, o.table))}`),
  ];
  if (!d.data || !d.schema) parts.push(`--data-types ${d.data ? 'data' : 'schema'}`);
  if (d.schemaScope !== 'instance') parts.push(`--schema-scope ${d.schemaScope}`);
  if (d.start !== 'latest') parts.push(`--from ${word(fromOf(d))}`);
  if (d.topic.trim()) parts.push(`--topic ${word(d.topic.trim())}`);
  if (d.compression !== 'none') parts.push(`--compression ${d.compression}`);
  if (d.keepHours !== '24') parts.push(`--retention ${word(`${d.keepHours}h`)}`);
  if (d.keepGib.trim()) parts.push(`--retention-bytes ${Math.round(Number(d.keepGib) * 2 ** 30)}`);
  if (d.onlineDdl !== 'fold') parts.push(`--online-ddl ${d.onlineDdl}`);
  if (d.tlsCa.trim()) parts.push(`--tls-ca ${word(d.tlsCa.trim())}`);
  return parts.join(' \\\n  ');
}

/** What is tracked, in one sentence. */
export function selectionSentence(d: Draft, counts: Map<string, number>): string {
  const whole = d.objects.filter((o) => !o.table).map((o) => o.database);
  const byDatabase = new Map<string, number>();
  for (const o of d.objects) if (o.table) byDatabase.set(o.database, (byDatabase.get(o.database) ?? 0) + 1);
  const tables = (n: number) => `${n.toLocaleString('en-US')} ${n === 1 ? 'table' : 'tables'}`;
  const parts = [
    ...whole.map((name) => `all of ${name} (${counts.has(name) ? `${tables(counts.get(name)!)} today and ` : ''}any created later)`),
    ...[...byDatabase].map(([name, n]) => `${tables(n)} of ${name}`),
  ];
  if (!parts.length) return 'Nothing is chosen yet.';
  return `Tracks ${parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`}.`;
}
