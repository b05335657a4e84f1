// SPDX-License-Identifier: Apache-2.0
// The words for states, of tasks and of groups.
import type { Group, Task } from './api';
import { count, duration, plural } from './units';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'idle';
export type IconName = 'running' | 'retrying' | 'failed' | 'paused' | 'waiting' | 'ready' | 'none' | 'warning';

export interface StateWords {
  word: string;
  tone: Tone;
  icon: IconName;
}

const TASK: Record<NonNullable<Task['state']>, StateWords> = {
  not_configured: { word: 'Not configured', tone: 'idle', icon: 'none' },
  checking: { word: 'Checking', tone: 'info', icon: 'waiting' },
  precheck_failed: { word: 'Precheck failed', tone: 'warn', icon: 'warning' },
  ready: { word: 'Ready', tone: 'info', icon: 'ready' },
  starting: { word: 'Starting', tone: 'info', icon: 'waiting' },
  running: { word: 'Running', tone: 'ok', icon: 'running' },
  retrying: { word: 'Retrying', tone: 'warn', icon: 'retrying' },
  failed: { word: 'Failed', tone: 'bad', icon: 'failed' },
  paused: { word: 'Paused', tone: 'idle', icon: 'paused' },
  deleting: { word: 'Deleting', tone: 'idle', icon: 'waiting' },
};
export const TASK_STATES = Object.keys(TASK) as (keyof typeof TASK)[];

export function taskState(task: Task): StateWords {
  return TASK[task.state];
}

/** What stands beside the state: one or two sentences, true now. */
export function taskSentence(task: Task, now: number, at: (time: string | null | undefined) => string): string {
  const readable = task.read_to ? ` Records up to ${at(task.read_to)} stay readable.` : '';
  switch (task.state) {
    case 'not_configured':
      return 'Setup is not finished. Nothing is read.';
    case 'checking':
      return 'The precheck runs. It goes on if you leave.';
    case 'precheck_failed':
      return 'Something on the source needs a change. Nothing is read.';
    case 'ready':
      return 'The precheck is passed. Nothing is read before the start.';
    case 'starting':
      return task.reason ? sentence(task.reason) : 'Reading the definitions of the tables.';
    case 'running':
      return task.tracking_delay_ms == null ? 'Nothing was read yet.' : `${duration(task.tracking_delay_ms)} behind.`;
    case 'retrying':
      return `${sentence(task.reason)}${task.next_attempt ? ` Tries again in ${duration(Date.parse(task.next_attempt) - now)}.` : ''}${readable}`;
    case 'failed':
      return `Stopped so that nothing is skipped.${readable}`;
    case 'paused':
      return `Paused since ${at(task.since)}. The source must keep its binlog meanwhile.`;
    case 'deleting':
      return 'Its records are being removed.';
  }
}

/** Begins with a capital, ends with a point. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return trimmed[0]!.toUpperCase() + trimmed.slice(1) + (/[.!?:]$/.test(trimmed) ? '' : '.');
}

export function groupState(group: Group): StateWords {
  const lost = group.lag?.lost_records ?? 0;
  if (lost > 0) return { word: `Overtaken, ${plural(lost, 'record')} lost`, tone: 'bad', icon: 'failed' };
  const active = group.members.filter((member) => member.active).length;
  const standby = group.members.length - active;
  if (group.state === 'PreparingRebalance' || group.state === 'CompletingRebalance') return { word: 'Joining', tone: 'info', icon: 'waiting' };
  if (group.members.length > 0) return { word: standby > 0 ? `Consuming, ${count(standby)} standby` : 'Consuming', tone: 'ok', icon: 'running' };
  if (group.connections > 0) return { word: 'Reading, not a member', tone: 'ok', icon: 'running' };
  if (group.position) return { word: 'No client', tone: 'idle', icon: 'none' };
  return { word: 'Never connected', tone: 'idle', icon: 'none' };
}

/** Unread records, heartbeats apart: "2 (+ 4 heartbeats)". */
export function backlog(group: Group): string {
  if (!group.lag) return '–';
  const { records = 0, heartbeats = 0, exact = true } = group.lag;
  const unread = `${exact ? '' : 'at most '}${count(records)}`;
  return heartbeats > 0 ? `${unread} (+ ${plural(heartbeats, 'heartbeat')})` : unread;
}

/** host:port of a masked source URL. */
export function sourceHost(source: string | null | undefined): string {
  return source ? source.replace(/^mysql:\/\/[^@]*@/, '').replace(/\?.*$/, '') : '–';
}
