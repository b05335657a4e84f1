// SPDX-License-Identifier: Apache-2.0
// The API, with the types of its own OpenAPI document.
import { signal } from '@preact/signals';
import type { components } from './generated/api';

type Schemas = components['schemas'];
export type Task = Schemas['Task'];
export type Group = Schemas['Group'];
export type PrecheckItem = Schemas['PrecheckItem'];
export type Service = Schemas['Service'];
export type Session = Schemas['Session'];
export type SourceReport = Schemas['SourceReport'];
export type SourceObjects = Schemas['SourceObjects'];
export type FoundRecord = Schemas['FoundRecord'];
export type FoundRecords = Schemas['FoundRecords'];
export type NewTask = Schemas['NewTask'];
export type ResetResult = Schemas['ResetResult'];
export type AuditEntry = Schemas['Audit']['entries'][number];

/** Who is signed in; null: nobody, undefined: not asked yet. */
export const session = signal<Session | null | undefined>(undefined);

/** What the API said that went wrong, or that it said nothing. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly at = new Date(),
  ) {
    super(detail);
  }
  /** For the clipboard. */
  get report(): string {
    return `${this.message}\n${this.status ? `HTTP ${this.status}, ` : ''}${this.code}, ${this.at.toISOString()}`;
  }
}

async function problemOf(answer: Response): Promise<ApiError> {
  try {
    const problem = (await answer.json()) as Schemas['Problem'];
    return new ApiError(answer.status, problem.code ?? 'unknown', problem.detail ?? problem.title);
  } catch {
    return new ApiError(answer.status, 'unknown', `The service answered ${answer.status} ${answer.statusText}.`);
  }
}

export async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && session.value) headers['X-Millrace-CSRF'] = session.value.csrf;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'silence', 'The service did not answer. It may be stopped, or the way to it is cut.');
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  // A wrong token at the sign-in page is no session that ended.
  if (answer.status === 401 && path !== '/api/v1/login') session.value = null;
  throw problem;
}

async function json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await request(method, path, body, signal)).json()) as T;
}

const id = encodeURIComponent;

export const api = {
  async loadSession() {
    try {
      session.value = await json<Session>('GET', '/api/v1/session');
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  },
  async login(by: { token: string } | { link: string }) {
    session.value = await json<Session>('POST', '/api/v1/login', by);
  },
  async logout() {
    await request('DELETE', '/api/v1/session');
    session.value = null;
  },
  service: () => json<Service>('GET', '/api/v1/service'),
  audit: (limit: number) => json<Schemas['Audit']>('GET', `/api/v1/audit?limit=${limit}`),

  tasks: () => json<Schemas['Tasks']>('GET', '/api/v1/tasks'),
  task: (task: string) => json<Task>('GET', `/api/v1/tasks/${id(task)}`),
  createTask: (task: NewTask) => json<Task>('POST', '/api/v1/tasks', task),
  startTask: (task: string, skip: string[] = [], reason = '') => json<Task>('POST', `/api/v1/tasks/${id(task)}/start`, { skip_checks: skip, reason }),
  pauseTask: (task: string) => json<Task>('POST', `/api/v1/tasks/${id(task)}/pause`),
  checkTask: (task: string) => json<Task>('POST', `/api/v1/tasks/${id(task)}/precheck`),
  deleteTask: (task: string) => request('DELETE', `/api/v1/tasks/${id(task)}`),

  groups: (task?: string) => json<Schemas['Groups']>('GET', `/api/v1/groups${task ? `?task=${id(task)}` : ''}`),
  createGroup: (group: Schemas['NewGroup']) => json<Group>('POST', '/api/v1/groups', group),
  setPassword: (group: string, password: string) => json<Group>('PUT', `/api/v1/groups/${id(group)}/password`, { password }),
  resetGroup: (group: string, to: string, preview: boolean) => json<ResetResult>('POST', `/api/v1/groups/${id(group)}/reset`, { to, preview }),
  deleteGroup: (group: string) => request('DELETE', `/api/v1/groups/${id(group)}`),

  testSource: (source: Schemas['NewSource']) => json<SourceReport>('POST', '/api/v1/sources/test', { source }),
  sourceObjects: (search: Schemas['SourceSearch'], signal?: AbortSignal) => json<SourceObjects>('POST', '/api/v1/sources/objects', search, signal),

  searchRecords: (task: string, query: URLSearchParams, signal?: AbortSignal) =>
    json<FoundRecords>('GET', `/api/v1/tasks/${id(task)}/records/search?${query}`, undefined, signal),
  tailRecords: (task: string, signal: AbortSignal) =>
    request('GET', `/api/v1/tasks/${id(task)}/records?format=cells&follow=true&from=latest`, undefined, signal),
};
