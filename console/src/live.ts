// SPDX-License-Identifier: Apache-2.0
// The tasks as they are now. One tab holds the event stream and tells the others; a hidden tab lets it go. Where there is no
// stream, everything is asked for every five seconds.
import { computed, signal, type Signal } from '@preact/signals';
import { api, session, type Task } from './api';

export interface LiveTask {
  task: Signal<Task>;
  /** Changes a second over the last ten; null before there are two samples. */
  rate: Signal<number | null>;
}

interface Sample {
  at: number;
  changes: number;
}

const SILENCE_MS = 5000;
// A source that is idle is heard every second; the stream looks once a second, too.
const IDLE_MS = 3000;
const RATE_MS = 10000;

const known = new Map<string, LiveTask>();
const samples = new Map<string, Sample[]>();

/** IDs, by name. */
export const taskIds = signal<string[] | null>(null);
/** The service's clock less ours, so that "now" is the service's. */
const clockDelta = signal(0);
/** When the service was last heard. */
export const heard = signal<number>(0);
/** Advances once a second. */
export const second = signal(Date.now());
export const silent = computed(() => heard.value > 0 && second.value - heard.value > SILENCE_MS);
export const failure = signal<string | null>(null);

export const now = () => second.value + clockDelta.value;
export const liveTask = (id: string) => known.get(id);
export const tasks = computed<Task[]>(() => (taskIds.value ?? []).map((id) => known.get(id)!.task.value));

/** Whether a task runs, waits for changes and is not behind: the source says each second that nothing more is there. */
export function isIdle(live: LiveTask): boolean {
  const task = live.task.value;
  return task.state === 'running' && live.rate.value !== null && live.rate.value < 0.05 && (task.tracking_delay_ms ?? Infinity) < IDLE_MS;
}

const changesOf = (task: Task) => (task.counters.rows ?? 0) + (task.counters.ddl ?? 0);

function put(task: Task) {
  const there = known.get(task.id);
  if (there) there.task.value = task;
  else known.set(task.id, { task: signal(task), rate: signal<number | null>(null) });
}

function sample() {
  const at = Date.now();
  for (const [id, live] of known) {
    const changes = changesOf(live.task.peek());
    let list = samples.get(id) ?? [];
    if (list.length && list[list.length - 1]!.changes > changes) list = []; // the service began anew
    list.push({ at, changes });
    while (list.length > 2 && at - list[0]!.at > RATE_MS) list.shift();
    samples.set(id, list);
    const first = list[0]!;
    live.rate.value = at - first.at < 900 ? null : ((changes - first.changes) * 1000) / (at - first.at);
  }
}

function sortIds() {
  const next = [...known.keys()].sort((a, b) => {
    const [x, y] = [known.get(a)!.task.peek(), known.get(b)!.task.peek()];
    return x.name.localeCompare(y.name) || (x.id < y.id ? -1 : 1);
  });
  const before = taskIds.peek();
  if (!before || before.length !== next.length || before.some((id, i) => id !== next[i])) taskIds.value = next;
}

function setAll(all: Task[]) {
  const ids = new Set(all.map((task) => task.id));
  for (const id of [...known.keys()]) if (!ids.has(id)) forget(id);
  all.forEach(put);
  sortIds();
}

function forget(id: string) {
  // The row goes before its task does: nothing looks for it in between.
  taskIds.value = (taskIds.peek() ?? []).filter((other) => other !== id);
  known.delete(id);
  samples.delete(id);
}

/** After a change that this tab made: the answer is newer than what the stream has told. */
export function tell(task: Task) {
  put(task);
  sortIds();
}
export function tellGone(id: string) {
  if (known.has(id)) forget(id);
}

type Message = { type: 'tasks'; tasks: Task[] } | { type: 'task'; task: Task } | { type: 'gone'; id: string } | { type: 'tick'; now: string } | { type: 'hello' };

function take(message: Message) {
  if (message.type === 'tasks') setAll(message.tasks);
  else if (message.type === 'task') {
    put(message.task);
    if (!taskIds.peek()?.includes(message.task.id)) sortIds();
  } else if (message.type === 'gone') tellGone(message.id);
  else if (message.type === 'tick') {
    heard.value = Date.now();
    clockDelta.value = Date.parse(message.now) - Date.now();
    failure.value = null;
    sample();
  }
}

let channel: BroadcastChannel | null = null;
let stream: EventSource | null = null;

function share(message: Message) {
  take(message);
  channel?.postMessage(message);
}

function openStream() {
  stream = new EventSource('/api/v1/events');
  for (const type of ['tasks', 'task', 'gone', 'tick'] as const) {
    stream.addEventListener(type, (event) => {
      const data = JSON.parse((event as MessageEvent<string>).data);
      share(type === 'task' ? { type, task: data } : { type, ...data });
    });
  }
}

function closeStream() {
  stream?.close();
  stream = null;
}

async function poll() {
  try {
    const all = await api.tasks();
    setAll(all.tasks);
    failure.value = null;
    // Only the stream says that it is live; a poll keeps what is shown true.
    if (taskIds.peek() === null) taskIds.value = [];
    heard.value = Date.now();
    sample();
    // The stream ended for good (its session did, or the service): begin another one.
    if (stream && stream.readyState === EventSource.CLOSED) {
      closeStream();
      openStream();
    }
  } catch (error) {
    failure.value = (error as Error).message;
  }
}

let leaving: (() => void) | null = null;
let waiting: AbortController | null = null;

/** Takes the lead among the tabs as soon as it is free, until the tab is hidden. */
function lead() {
  if (waiting || document.hidden) return;
  waiting = new AbortController();
  navigator.locks
    .request('millrace-events', { signal: waiting.signal }, () => {
      openStream();
      return new Promise<void>((resolve) => {
        leaving = resolve;
      });
    })
    .catch(() => undefined);
  channel?.postMessage({ type: 'hello' } satisfies Message);
}

function follow() {
  closeStream();
  leaving?.();
  leaving = null;
  waiting?.abort();
  waiting = null;
}

export function startLive() {
  let asked = 0;
  if ('BroadcastChannel' in globalThis && 'locks' in navigator) {
    channel = new BroadcastChannel('millrace-events');
    channel.onmessage = (event: MessageEvent<Message>) => {
      if (event.data.type !== 'hello') take(event.data);
      else if (stream) channel?.postMessage({ type: 'tasks', tasks: tasks.peek() } satisfies Message);
    };
    document.addEventListener('visibilitychange', () => (document.hidden ? follow() : session.peek() && lead()));
    lead();
  } else {
    openStream();
  }
  void poll();
  setInterval(() => {
    second.value = Date.now();
    const quiet = second.value - heard.peek();
    if (document.hidden || !session.peek() || quiet < SILENCE_MS || second.value - asked < SILENCE_MS) return;
    asked = second.value;
    void poll();
  }, 1000);
}
