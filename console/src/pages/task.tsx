// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, type Task } from '../api';
import { isIdle, liveTask, now, silent, tell, tellGone } from '../live';
import { navigate, taskPath } from '../route';
import { time } from '../settings';
import { word } from '../shell';
import { sentence, sourceHost, taskSentence, taskState } from '../states';
import { Banner, Code, Confirm, Empty, Failure, PageTitle, ShowCommand, StateBadge, Value } from '../ui/parts';
import { bytes, count, duration, plural } from '../units';
import { LiveNote } from './overview';
import { GroupsTable, useGroups } from './groups';

const TABS = [
  ['Status', ''],
  ['Objects', 'objects'],
  ['Groups', 'groups'],
  ['Records', 'records'],
  ['Connect', 'connect'],
] as const;

export interface SpecView {
  objects: string[];
  data_types: string[];
  schema_scope: string;
  from: string;
  format: string;
  compression: string;
  retention_ms: number;
  retention_bytes: number | null;
  online_ddl: string;
  partial_rows: string;
  labels: Record<string, string>;
}
export const specOf = (task: Task) => task.spec as unknown as SpecView;

export function Crumbs({ steps }: { steps: [string, string?][] }) {
  return (
    <nav class="crumbs" aria-label="Where this is">
      <ol>
        {steps.map(([label, href]) => (
          <li key={label}>{href ? <a href={href}>{label}</a> : label}</li>
        ))}
      </ol>
    </nav>
  );
}

function DeleteTask({ task, onClose }: { task: Task; onClose: () => void }) {
  const { list } = useGroups(task.id);
  const clients = (list ?? []).reduce((sum, group) => sum + group.connections, 0);
  return (
    <Confirm
      title={`Delete ${task.name} with its data?`}
      act={`Delete ${task.name}`}
      doing="Deleting…"
      danger
      typed={task.name}
      onClose={onClose}
      run={async () => {
        await api.deleteTask(task.id);
        navigate('/');
        tellGone(task.id);
      }}
    >
      <p>
        {bytes(task.log?.bytes ?? 0)} of records and {list ? plural(list.length, 'group') : 'its groups'} go for good
        {clients > 0 ? `, ${plural(clients, 'client')} ${clients === 1 ? 'is' : 'are'} cut off` : ''}. The source is not touched.
      </p>
      <ShowCommand text={`millrace task delete ${word(task.id)}`} />
    </Confirm>
  );
}

function PauseTask({ task, onClose }: { task: Task; onClose: () => void }) {
  return (
    <Confirm title={`Pause ${task.name}?`} act={`Pause ${task.name}`} doing="Pausing…" keep="Keep running" onClose={onClose} run={async () => tell(await api.pauseTask(task.id))}>
      <p>Clients can read to the end of the log. The source must keep its binlog meanwhile: what it purges before the task goes on is lost to it.</p>
      <ShowCommand text={`millrace task pause ${word(task.id)}`} />
    </Confirm>
  );
}

/** Pause, start and delete, as the state allows them. */
function Acts({ task }: { task: Task }) {
  const [open, setOpen] = useState<'pause' | 'delete' | null>(null);
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const start = async () => {
    if (starting) return;
    setStarting(true);
    setError(null);
    try {
      tell(await api.startTask(task.id));
    } catch (problem) {
      setError(problem);
    }
    setStarting(false);
  };
  const running = ['starting', 'running', 'retrying'].includes(task.state);
  const stopped = ['paused', 'failed', 'ready'].includes(task.state);
  const setup = ['not_configured', 'checking', 'precheck_failed', 'ready'].includes(task.state);
  return (
    <>
      {stopped && (
        <button type="button" class="main" aria-disabled={starting} onClick={start}>
          {starting ? 'Starting…' : task.state === 'failed' ? 'Start again' : 'Start'}
        </button>
      )}
      {running && (
        <button type="button" onClick={() => setOpen('pause')}>
          Pause
        </button>
      )}
      {setup && (
        <a class="button" href={taskPath(task.id, 'setup', 'check')}>
          Open the check
        </a>
      )}
      {task.state !== 'deleting' && (
        <button type="button" onClick={() => setOpen('delete')}>
          Delete
        </button>
      )}
      {error != null && <Failure what="The task does not start" error={error} />}
      {open === 'pause' && <PauseTask task={task} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteTask task={task} onClose={() => setOpen(null)} />}
    </>
  );
}

export function TaskFrame({ id, tab, children }: { id: string; tab: (typeof TABS)[number][0]; children: ComponentChildren }) {
  const live = liveTask(id);
  if (!live) return null;
  const task = live.task.value;
  const rate = live.rate.value;
  return (
    <>
      <Crumbs steps={[['Overview', '/'], [task.name, tab === 'Status' ? undefined : taskPath(id)], ...(tab === 'Status' ? [] : [[tab] as [string]])]} />
      <PageTitle
        windowTitle={tab === 'Status' ? task.name : `${task.name} · ${tab}`}
        title={
          <>
            {task.name} <StateBadge state={taskState(task)} />
          </>
        }
      >
        <LiveNote />
        <Acts task={task} />
      </PageTitle>
      <p class={`lead${silent.value ? ' stale' : ''}`}>
        {isIdle(live) ? 'No changes now; the source answers.' : taskSentence(task, now(), time)}
        {task.state === 'running' && rate !== null && rate >= 0.05 && ` ${count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))} changes/s.`}{' '}
        <span class="muted">{sourceHost(task.source)}</span>
      </p>
      <span class="hidden" role="status">
        {taskState(task).word}
      </span>
      <nav class="tabs" aria-label={`Pages of ${task.name}`}>
        {TABS.map(([label, path]) => (
          <a key={label} href={path ? taskPath(id, path) : taskPath(id)} aria-current={label === tab ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {children}
    </>
  );
}

export function StatusPage({ id }: { id: string }) {
  const live = liveTask(id);
  const groups = useGroups(id);
  if (!live) return null;
  const task = live.task.value;
  const spec = specOf(task);
  const gtids = task.position?.gtids ?? '';
  return (
    <>
      {task.state === 'failed' && (
        <Banner tone="bad" title="The task stopped">
          <p class="wrap">{sentence(task.reason)}</p>
          {task.position && (
            <p>
              Everything up to{' '}
              <code>
                {task.position.file}:{task.position.offset}
              </code>{' '}
              is in the log.
            </p>
          )}
        </Banner>
      )}
      {task.state !== 'failed' && task.last_error && (
        <details>
          <summary>The last trouble, {time(task.last_error.time)}</summary>
          <p class="wrap">{task.last_error.what}</p>
        </details>
      )}
      <section class="panel" aria-labelledby="where">
        <h2 id="where">Where it is</h2>
        <dl class="facts">
          <dt>Position</dt>
          <dd>{task.position ? <Value what="position" text={`${task.position.file}:${task.position.offset}`} /> : 'None yet: nothing was read.'}</dd>
          {gtids && (
            <>
              <dt>GTID</dt>
              <dd>
                <Value what="GTID set" text={gtids} />
              </dd>
            </>
          )}
          <dt>Read up to</dt>
          <dd>
            {time(task.read_to)}
            {(task.source_clock_delta_ms ?? 0) > 1000 && `, the source's clock is ${duration(task.source_clock_delta_ms ?? 0)} ahead`}
          </dd>
          <dt>Log</dt>
          <dd>
            {task.log
              ? `offsets ${task.log.start_offset} to ${task.log.end_offset}, ${bytes(task.log.bytes ?? 0)}, kept ${duration(spec.retention_ms)}${spec.retention_bytes ? `, at most ${bytes(spec.retention_bytes)}` : ''}`
              : 'The log does not open.'}
          </dd>
          <dt>Newest record</dt>
          <dd>{time(task.log?.newest_record, { ms: true })}</dd>
          <dt>Topic</dt>
          <dd>
            <Value what="topic" text={task.topic} />
          </dd>
          <dt>Since the service began</dt>
          <dd>
            {plural(task.counters.rows ?? 0, 'row')}, {count(task.counters.ddl ?? 0)} DDL, {plural(task.counters.transactions ?? 0, 'transaction')}; {bytes(task.counters.bytes_read ?? 0)} read,{' '}
            {bytes(task.counters.bytes_written ?? 0)} written
          </dd>
          {(task.prepared_xa ?? []).length > 0 && (
            <>
              <dt>Waiting XA transactions</dt>
              <dd>{task.prepared_xa!.map((xa) => `${xa.xid} since ${time(xa.since)}`).join('; ')}</dd>
            </>
          )}
        </dl>
      </section>
      <section class="stack" aria-labelledby="status-groups">
        <h2 id="status-groups">Groups</h2>
        <GroupsTable groups={groups} task={task} />
      </section>
    </>
  );
}

export function ObjectsPage({ id }: { id: string }) {
  const live = liveTask(id);
  if (!live) return null;
  const task = live.task.value;
  const spec = specOf(task);
  if (!spec.objects?.length) return <Empty title="No objects are chosen yet." />;
  const isTable = (object: string) => /(^[^`.]+|^(`[^`]*`)+)\./.test(object);
  return (
    <>
      <section class="panel" aria-labelledby="tracked">
        <h2 id="tracked">Tracked objects</h2>
        <div class="table" tabIndex={0} role="group" aria-labelledby="tracked">
          <table>
            <caption class="hidden">Tracked objects</caption>
            <thead>
              <tr>
                <th scope="col">Object</th>
                <th scope="col">What of it</th>
              </tr>
            </thead>
            <tbody>
              {spec.objects.map((object) => (
                <tr key={object}>
                  <th scope="row">
                    <code>{object}</code>
                  </th>
                  <td>{isTable(object) ? 'this table' : 'the whole database, with tables created later'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <dl class="facts">
          <dt>Data</dt>
          <dd>{spec.data_types.includes('data') ? 'INSERT, UPDATE, DELETE of these objects' : 'no row changes'}</dd>
          <dt>Schema</dt>
          <dd>{!spec.data_types.includes('schema') ? 'no DDL' : spec.schema_scope === 'instance' ? 'DDL of the whole server' : 'DDL of these objects'}</dd>
          <dt>Started from</dt>
          <dd>
            <code>{spec.from}</code>
          </dd>
          <dt>Online schema changes</dt>
          <dd>{spec.online_ddl === 'fold' ? 'gh-ost and pt-osc are folded into one DDL' : 'everything that gh-ost and pt-osc do is shown'}</dd>
          <dt>Rows that lack columns</dt>
          <dd>{spec.partial_rows === 'stop' ? 'stop the task' : 'are records without these columns'}</dd>
          <dt>Format</dt>
          <dd>
            {spec.format}, compression {spec.compression}
          </dd>
          {Object.keys(spec.labels ?? {}).length > 0 && (
            <>
              <dt>Labels</dt>
              <dd>
                {Object.entries(spec.labels)
                  .map(([key, value]) => `${key}=${value}`)
                  .join(', ')}
              </dd>
            </>
          )}
        </dl>
      </section>
      <details>
        <summary>As the API has it</summary>
        <Code label="settings as JSON" text={JSON.stringify(task.spec, null, 2)} />
      </details>
    </>
  );
}
