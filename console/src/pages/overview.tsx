// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import type { Group, Task } from '../api';
import { failure, heard, isIdle, liveTask, now, second, silent, taskIds, tasks } from '../live';
import { query, setQuery, taskPath } from '../route';
import { time } from '../settings';
import { groupState, sourceHost, TASK_STATES, taskSentence, taskState, type IconName, type Tone } from '../states';
import { Icon } from '../ui/icons';
import { Banner, Empty, PageTitle, Select, StateBadge, Waiting } from '../ui/parts';
import { bytes, count, duration, plural, spokenDuration } from '../units';
import { useGroups } from './groups';

const PAGE = 50;

interface Attention {
  key: string;
  tone: Tone;
  icon: IconName;
  who: string;
  what: string;
  href: string;
  act: string;
  rank: number;
}

function attention(all: Task[], groups: Group[]): Attention[] {
  const out: Attention[] = [];
  for (const task of all) {
    const words = taskState(task);
    const row = { key: task.id, tone: words.tone, icon: words.icon, who: task.name };
    if (task.state === 'failed') out.push({ ...row, rank: 0, what: `Failed since ${time(task.since)}. ${task.reason}`, href: taskPath(task.id), act: 'See what to do' });
    if (task.state === 'retrying') out.push({ ...row, rank: 2, what: taskSentence(task, now(), time), href: taskPath(task.id), act: 'Open task' });
    if (task.state === 'precheck_failed') out.push({ ...row, rank: 3, what: 'The precheck failed: the source needs a change before tracking can start.', href: taskPath(task.id, 'setup', 'check'), act: 'See what to do' });
  }
  for (const group of groups) {
    if ((group.lag?.lost_records ?? 0) === 0) continue;
    const words = groupState(group);
    out.push({ key: group.id, tone: words.tone, icon: words.icon, who: `${group.task} / ${group.name}`, what: words.word, rank: 1, href: taskPath(group.task_id, 'groups', group.id), act: 'Open group' });
  }
  return out.sort((a, b) => a.rank - b.rank || (a.who < b.who ? -1 : 1));
}

/** The answer to the page's question, in one sentence. */
function summary(all: Task[]): string {
  if (!all.length) return '';
  const by = (state: Task['state']) => all.filter((task) => task.state === state).length;
  const running = by('running');
  const rest = (
    [
      ['failed', 'failed'],
      ['precheck_failed', 'cannot start yet'],
      ['retrying', 'retrying'],
      ['starting', 'starting'],
      ['checking', 'being checked'],
      ['ready', 'ready to start'],
      ['paused', 'paused'],
      ['not_configured', 'not configured'],
      ['deleting', 'being deleted'],
    ] as const
  )
    .map(([state, word]) => [by(state), word] as const)
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${count(n)} ${word}`);
  const head = running === all.length ? (all.length === 1 ? 'The task runs.' : `All ${count(running)} tasks run.`) : `${count(running)} of ${plural(all.length, 'task')} ${running === 1 ? 'runs' : 'run'}.`;
  return rest.length ? `${head} ${rest.join(', ')}.` : head;
}

export function LiveNote() {
  if (failure.value && (silent.value || heard.value === 0)) {
    return (
      <span class="warn-text" role="status">
        Not updating{heard.value ? ` since ${time(new Date(heard.value).toISOString())}` : ''}, trying again.
      </span>
    );
  }
  if (heard.value === 0) return <span class="muted">connecting</span>;
  return <span class="muted">live, {time(new Date(second.value).toISOString())}</span>;
}

function TaskRow({ id, groups }: { id: string; groups: number | null }) {
  const live = liveTask(id);
  if (!live) return null;
  const task = live.task.value;
  const rate = live.rate.value;
  const words = taskState(task);
  const delay = task.tracking_delay_ms;
  const setup = ['not_configured', 'checking', 'precheck_failed', 'ready'].includes(task.state);
  const next = task.state === 'retrying' && task.next_attempt ? Date.parse(task.next_attempt) - now() : null;
  return (
    <tr>
      <th scope="row">
        <a href={setup ? taskPath(id, 'setup', 'check') : taskPath(id)}>{task.name}</a>
      </th>
      <td>
        <StateBadge state={words} />
        {next !== null && next > 0 && <span class="muted"> in {duration(next)}</span>}
      </td>
      <td data-label="Source">{sourceHost(task.source)}</td>
      <td class="num" data-label="Delay">
        {delay == null ? '–' : isIdle(live) ? 'idle' : <span aria-label={spokenDuration(delay)}>{duration(delay)}</span>}
      </td>
      <td class="num" data-label="Changes/s">
        {rate === null || task.state !== 'running' ? '–' : count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}
      </td>
      <td class="num" data-label="Log">
        {task.log?.bytes == null ? '–' : bytes(task.log.bytes)}
      </td>
      <td class="num" data-label="Groups">
        <a href={taskPath(id, 'groups')}>{groups === null ? '–' : groups === 0 ? 'none yet' : count(groups)}</a>
      </td>
    </tr>
  );
}

type Column = 'name' | 'state' | 'delay' | 'log';

function orderOf(sort: string): (a: Task, b: Task) => number {
  const column = sort.replace('-', '') as Column;
  const sign = sort.startsWith('-') ? -1 : 1;
  const value = (task: Task): number => {
    if (column === 'delay') return task.tracking_delay_ms ?? -1;
    if (column === 'log') return task.log?.bytes ?? -1;
    return TASK_STATES.indexOf(task.state);
  };
  return (a, b) => sign * (column === 'name' ? a.name.localeCompare(b.name) : value(a) - value(b)) || (a.id < b.id ? -1 : 1);
}

function SortHeader({ column, label, sort, num }: { column: Column; label: string; sort: string; num?: boolean }) {
  const is = sort.replace('-', '') === column;
  const down = is && sort.startsWith('-');
  return (
    <th scope="col" class={num ? 'num' : ''} aria-sort={is ? (down ? 'descending' : 'ascending') : undefined}>
      <button type="button" onClick={() => setQuery({ sort: is && !down ? `-${column}` : column, page: '' })}>
        {label} {is ? (down ? '▼' : '▲') : ''}
      </button>
    </th>
  );
}

export function Overview() {
  const groups = useGroups();
  const all = tasks.value;
  const text = query.value.get('q') ?? '';
  const state = query.value.get('state') ?? '';
  const sort = query.value.get('sort') ?? 'name';
  const page = Math.max(1, Number(query.value.get('page') ?? 1) || 1);
  const [order, setOrder] = useState<string[]>([]);
  const idsKey = (taskIds.value ?? []).join();
  // The order is made anew when a person asks for it or tasks come and go, never because a figure moved.
  useEffect(() => {
    setOrder([...tasks.peek()].sort(orderOf(sort)).map((task) => task.id));
  }, [sort, idsKey]);
  const fresh = [...all].sort(orderOf(sort)).map((task) => task.id);
  const moved = fresh.filter((id, i) => order[i] !== id).length;
  if (taskIds.value === null) {
    return (
      <>
        <PageTitle title="Overview" windowTitle="Overview" />
        {failure.value ? (
          <Banner tone="bad" title="Tasks cannot be shown">
            <p>{failure.value}</p>
            <p>They are not gone. The console tries again every 5 s.</p>
          </Banner>
        ) : (
          <Waiting what="Loading the tasks" />
        )}
      </>
    );
  }
  const wanted = text.trim().toLowerCase();
  const shown = order.filter((id) => {
    const task = liveTask(id)?.task.peek();
    if (!task) return false;
    if (state && task.state !== state) return false;
    const labels = Object.entries((task.spec as { labels?: Record<string, string> }).labels ?? {}).map(([k, v]) => `${k}=${v}`);
    return !wanted || [task.name, task.id, task.source ?? '', task.topic, task.position?.gtids ?? '', ...labels].some((part) => part.toLowerCase().includes(wanted));
  });
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const at = Math.min(page, pages);
  const needs = attention(all, groups.list ?? []);
  const groupCount = (id: string) => (groups.list ? groups.list.filter((group) => group.task_id === id).length : null);
  return (
    <>
      <PageTitle title="Overview" windowTitle="Overview">
        <LiveNote />
        <a class="button main" href="/tasks/new">
          New task
        </a>
      </PageTitle>
      {all.length > 0 && <p class="lead">{summary(all)}</p>}
      {needs.length > 0 && (
        <section aria-label="What needs attention" class="stack">
          {needs.slice(0, 10).map((row) => (
            <div class={`banner ${row.tone}`} key={row.key}>
              <Icon name={row.icon} />
              <div>
                <strong>{row.who}</strong>
                <span>{row.what}</span>
                <a href={row.href}>{row.act}</a>
              </div>
            </div>
          ))}
          {needs.length > 10 && <p>{plural(needs.length - 10, 'more')}</p>}
        </section>
      )}
      {all.length === 0 ? (
        <Empty title="No tasks yet.">
          <p>A task follows one MySQL server and keeps its changes for your clients.</p>
          <a class="button main" href="/tasks/new">
            New task
          </a>
        </Empty>
      ) : (
        <section class={`stack as-cards${silent.value ? ' stale' : ''}`} aria-labelledby="tasks-heading">
          <h2 id="tasks-heading" tabIndex={-1}>
            Tasks {count(shown.length === all.length ? all.length : shown.length)}
            {shown.length !== all.length && <span class="muted"> of {count(all.length)}</span>}
          </h2>
          <div class="toolbar">
            <div class="field grow">
              <label for="task-search">Name, host, label or GTID</label>
              <input id="task-search" data-search type="search" value={text} onInput={(event) => setQuery({ q: event.currentTarget.value, page: '' })} />
            </div>
            <Select label="State" value={state} onChange={(value) => setQuery({ state: value, page: '' })} options={[['', 'all'], ...TASK_STATES.map((s): [string, string] => [s, taskState({ state: s } as Task).word])]} />
            {moved > 0 && sort !== 'name' && (
              <button type="button" onClick={() => setOrder(fresh)}>
                Order held, {plural(moved, 'task')} changed places: update order
              </button>
            )}
          </div>
          {shown.length === 0 ? (
            <Empty title={`No task matches ${[text && `“${text}”`, state && `state ${taskState({ state } as Task).word}`].filter(Boolean).join(', ')}.`}>
              <button type="button" onClick={() => setQuery({ q: '', state: '', page: '' })}>
                Clear filter
              </button>
            </Empty>
          ) : (
            <div class="table" tabIndex={0} role="group" aria-labelledby="tasks-heading">
              <table>
                <caption class="hidden">Tasks</caption>
                <thead>
                  <tr>
                    <SortHeader column="name" label="Task" sort={sort} />
                    <SortHeader column="state" label="State" sort={sort} />
                    <th scope="col">Source</th>
                    <SortHeader column="delay" label="Delay" sort={sort} num />
                    <th scope="col" class="num">
                      Changes/s
                    </th>
                    <SortHeader column="log" label="Log" sort={sort} num />
                    <th scope="col" class="num">
                      Groups
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown.slice((at - 1) * PAGE, at * PAGE).map((id) => (
                    <TaskRow key={id} id={id} groups={groupCount(id)} />
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {pages > 1 && (
            <nav class="row" aria-label="Pages of tasks">
              <button type="button" aria-disabled={at === 1} onClick={() => at > 1 && setQuery({ page: String(at - 1) })}>
                Previous
              </button>
              <span>
                Page {at} of {pages}
              </span>
              <button type="button" aria-disabled={at === pages} onClick={() => at < pages && setQuery({ page: String(at + 1) })}>
                Next
              </button>
            </nav>
          )}
        </section>
      )}
    </>
  );
}
