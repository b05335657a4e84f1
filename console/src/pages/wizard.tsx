// SPDX-License-Identifier: Apache-2.0
// A new task in four steps. The first three are a draft in this browser; the fourth is a task of the service, which checks its
// source whether anybody watches or not.
import { useEffect, useState } from 'preact/hooks';
import { api, ApiError, type Task } from '../api';
import { change, clearDraft, commandOf, draft, fromUrl, password, sourceOf, taskOf, tested, type Draft } from '../draft';
import { liveTask, tell, tellGone } from '../live';
import { navigate, query, setQuery, taskPath } from '../route';
import { time, zone, zoneChoice } from '../settings';
import { taskState } from '../states';
import { Icon } from '../ui/icons';
import { Banner, Choices, Copy, ErrorSummary, Failure, Field, PageTitle, PasswordField, Select, ShowCommand, StateBadge } from '../ui/parts';
import { parseTime, plural } from '../units';
import { CheckItem, CheckList, reportText } from './checks';
import { Picker } from './picker';
import { Crumbs } from './task';

const STEPS = ['Source', 'Objects', 'Delivery', 'Check and start'] as const;
const SLUGS = ['source', 'objects', 'delivery'] as const;
const SETUP: Task['state'][] = ['not_configured', 'checking', 'precheck_failed', 'ready'];
type Errors = { field: string; text: string }[];

const stepPath = (i: number) => `/tasks/new?step=${SLUGS[i]}`;

function Steps({ at }: { at: number }) {
  return (
    <nav aria-label="Steps">
      <ol class="steps">
        {STEPS.map((name, i) => (
          <li key={name} aria-current={i === at ? 'step' : undefined}>
            {i < at && at < 3 ? (
              <a href={stepPath(i)}>
                {i + 1} {name}
              </a>
            ) : (
              <span class={i > at ? 'muted' : ''}>
                {i + 1} {name}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

const sourceKey = (d: Draft) => JSON.stringify([d.host, d.port, d.user, d.tls, d.tlsCa]);

function sourceErrors(d: Draft): Errors {
  const port = Number(d.port);
  return [
    { field: 'source-host', text: d.host.trim() ? '' : 'The host is missing.' },
    { field: 'source-port', text: Number.isInteger(port) && port > 0 && port < 65536 ? '' : 'A port is a number from 1 to 65535.' },
    { field: 'source-user', text: d.user.trim() ? '' : 'The account is missing.' },
  ].filter((error) => error.text);
}

function Tested() {
  const result = tested.value;
  if (!result || result.source !== sourceKey(draft.value)) return null;
  const { report } = result;
  // Without objects yet, what concerns them is not asked.
  const items = report.items.filter((item) => item.id !== 'objects');
  const wrong = items.filter((item) => item.level === 'fail');
  return (
    <div class="stack" role="status">
      {wrong.length === 0 ? (
        <Banner tone="ok">
          <p>
            <strong>
              {report.flavour} {report.server_version}
            </strong>{' '}
            can be tracked. It sees this service as {report.seen_as}. Tested {time(result.at)}.
          </p>
        </Banner>
      ) : (
        <Banner tone="bad" title={report.connected ? `${plural(wrong.length, 'setting')} of the source ${wrong.length === 1 ? 'needs' : 'need'} a change` : 'The source does not let this service in'}>
          <p>Tested {time(result.at)}.</p>
        </Banner>
      )}
      {items.some((item) => item.level === 'fail' || item.level === 'warn') && <CheckList items={items} />}
    </div>
  );
}

function SourceStep() {
  const [errors, setErrors] = useState<Errors>([]);
  const [testing, setTesting] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const d = draft.value;
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;
  const test = async (): Promise<boolean> => {
    const found = sourceErrors(draft.peek());
    setErrors(found);
    setFailed(null);
    if (found.length) return false;
    password.value ??= '';
    setTesting(true);
    try {
      const report = await api.testSource(sourceOf(draft.peek(), password.peek()));
      tested.value = { source: sourceKey(draft.peek()), report, at: new Date().toISOString() };
      return report.connected;
    } catch (problem) {
      setFailed(problem);
      return false;
    } finally {
      setTesting(false);
    }
  };
  const forward = async (event: Event) => {
    event.preventDefault();
    if (testing) return;
    if (tested.peek()?.source === sourceKey(draft.peek()) && tested.peek()!.report.connected && password.peek() !== null) navigate(stepPath(1));
    else if (await test()) navigate(stepPath(1));
  };
  const host = (text: string) => {
    const url = fromUrl(text);
    if (!url) return change({ host: text });
    const { password: secret, ...rest } = url;
    if (secret) password.value = secret;
    return change(rest);
  };
  return (
    <form class="stack" onSubmit={forward} noValidate>
      <ErrorSummary errors={errors} />
      <section class="panel">
        <div class="grid">
          <Field id="source-host" label="Host" value={d.host} onInput={host} error={errorOf('source-host')} spellcheck={false} autocapitalize="off" hint="a name or address; a pasted mysql:// URL fills the rest" />
          <Field id="source-port" label="Port" value={d.port} onInput={(port) => change({ port })} error={errorOf('source-port')} inputMode="numeric" />
          <Field id="source-user" label="Account" value={d.user} onInput={(user) => change({ user })} error={errorOf('source-user')} spellcheck={false} autocomplete="off" />
          <PasswordField label="Password" value={password.value ?? ''} onInput={(text) => (password.value = text)} hint="kept encrypted by the service, and nowhere in this browser" />
          <Field label="Task name (optional)" value={d.name} onInput={(name) => change({ name })} hint={d.host ? `${d.host.trim()}, if left empty` : 'the host, if left empty; need not be unique'} />
        </div>
        <Choices
          legend="TLS"
          row
          value={d.tls}
          onChange={(tls) => change({ tls })}
          choices={[
            { value: 'preferred', label: 'if offered' },
            { value: 'required', label: 'required' },
            { value: 'verify-ca', label: 'required, CA verified' },
            { value: 'verify-identity', label: 'required, CA and name verified' },
            { value: 'disabled', label: 'off' },
          ]}
        />
        {d.tls.startsWith('verify') && <Field label="CA file (optional)" value={d.tlsCa} onInput={(tlsCa) => change({ tlsCa })} hint="a PEM file on the service’s machine; the system’s CAs, if left empty" />}
      </section>
      {failed != null && <Failure what="The test could not be made" error={failed} />}
      <Tested />
      <div class="acts end">
        <button type="button" aria-disabled={testing} onClick={() => !testing && void test()}>
          {testing ? 'Testing…' : 'Test connection'}
        </button>
        <button type="submit" class="main" aria-disabled={testing}>
          Continue
        </button>
      </div>
    </form>
  );
}

/** After a reload the password is gone: the steps that ask the source need it again. */
function NeedPassword() {
  const [text, setText] = useState('');
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        password.value = text;
      }}
    >
      <p>
        The password of {draft.value.user}@{draft.value.host} was not kept when the page was loaded again.
      </p>
      <PasswordField label="Password" value={text} onInput={setText} />
      <div class="acts end">
        <button type="submit" class="main">
          Continue
        </button>
      </div>
    </form>
  );
}

function ObjectsStep() {
  const [errors, setErrors] = useState<Errors>([]);
  const d = draft.value;
  if (password.value === null) return <NeedPassword />;
  const forward = () => {
    const found = [
      { field: 'picker-search', text: d.objects.length ? '' : 'Nothing is chosen: tick a database or a table.' },
      { field: 'type-data', text: d.data || d.schema ? '' : 'Choose data, schema or both.' },
    ].filter((error) => error.text);
    setErrors(found);
    if (!found.length) navigate(stepPath(2));
  };
  return (
    <div class="stack">
      <ErrorSummary errors={errors} />
      <Picker />
      <section class="panel">
        <fieldset class="choices">
          <legend>Data types</legend>
          <label>
            <input id="type-data" type="checkbox" checked={d.data} onChange={(event) => change({ data: event.currentTarget.checked })} /> Data: INSERT, UPDATE, DELETE
          </label>
          <label>
            <input type="checkbox" checked={d.schema} onChange={(event) => change({ schema: event.currentTarget.checked })} /> Schema: DDL
          </label>
        </fieldset>
        {d.schema && (
          <Choices
            legend="DDL of"
            row
            value={d.schemaScope}
            onChange={(schemaScope) => change({ schemaScope })}
            choices={[
              { value: 'instance', label: 'the whole server, as DTS does' },
              { value: 'selected', label: 'the tracked objects' },
            ]}
          />
        )}
      </section>
      <div class="acts end">
        <a class="button" href={stepPath(0)}>
          Back
        </a>
        <button type="button" class="main" onClick={forward}>
          Continue
        </button>
      </div>
    </div>
  );
}

const START_HINT: Record<string, string> = {
  time: 'such as 13:00, or 2026-11-22 13:00:00',
  position: 'such as mysql-bin.000412:19204',
  gtid: 'such as 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-8812; MariaDB: 0-1-42',
};

function DeliveryStep() {
  const [errors, setErrors] = useState<Errors>([]);
  const [failed, setFailed] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const d = draft.value;
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;
  if (password.value === null) return <NeedPassword />;
  const at = d.start === 'time' ? parseTime(d.startAt, zone()) : null;
  const forward = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const found = [
      { field: 'start-at', text: d.start === 'time' && !at ? 'This is not a time: write 13:00, or 2026-11-22 13:00:00.' : '' },
      { field: 'start-at', text: (d.start === 'position' || d.start === 'gtid') && !d.startAt.trim() ? 'The place to start from is missing.' : '' },
      { field: 'keep-hours', text: Number(d.keepHours) > 0 ? '' : 'Keep records for a number of hours, such as 24.' },
      { field: 'keep-gib', text: d.keepGib.trim() && !(Number(d.keepGib) > 0) ? 'A limit is a number of GiB, such as 40; empty is none.' : '' },
      { field: 'topic', text: !d.topic.trim() || /^[A-Za-z0-9._-]{1,249}$/.test(d.topic.trim()) ? '' : 'A topic has letters, digits, points, underscores and hyphens, 249 at most.' },
    ].filter((error) => error.text);
    setErrors(found);
    setFailed(null);
    if (found.length) return;
    setBusy(true);
    try {
      const task = await api.createTask(taskOf(at ? { ...d, startAt: at } : d, password.peek()));
      tell(task);
      change({ task: task.id });
      navigate(taskPath(task.id, 'setup', 'check'));
    } catch (problem) {
      setFailed(problem);
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={forward} noValidate>
      <ErrorSummary errors={errors} />
      <section class="panel">
        <Choices
          legend="Start from"
          row
          value={d.start}
          onChange={(start) => change({ start, startAt: '' })}
          choices={[
            { value: 'latest', label: 'now' },
            { value: 'earliest', label: 'earliest in the binlog' },
            { value: 'time', label: 'time' },
            { value: 'position', label: 'file:position' },
            { value: 'gtid', label: 'GTID set' },
          ]}
        />
        {START_HINT[d.start] && (
          <Field
            id="start-at"
            label={d.start === 'time' ? `Time, in ${zoneChoice.value === 'utc' ? 'UTC' : zone().name}` : d.start === 'position' ? 'File and position' : 'GTID set'}
            value={d.startAt}
            onInput={(startAt) => change({ startAt })}
            error={errorOf('start-at')}
            spellcheck={false}
            hint={at ? `${at.replace('.000Z', 'Z')} in UTC` : START_HINT[d.start]}
          />
        )}
        <p class="hint">Rows that exist already are not copied: a record is a change.</p>
      </section>
      <section class="panel grid">
        <Field id="topic" label="Topic (optional)" value={d.topic} onInput={(topic) => change({ topic })} error={errorOf('topic')} spellcheck={false} hint="the task’s name, if left empty" />
        <Select
          label="Compression"
          value={d.compression}
          onChange={(value) => change({ compression: value as Draft['compression'] })}
          options={[
            ['none', 'none: every client reads it'],
            ['lz4', 'lz4'],
            ['zstd', 'zstd'],
            ['snappy', 'snappy'],
            ['gzip', 'gzip'],
          ]}
        />
        <Field id="keep-hours" label="Keep records, hours" value={d.keepHours} onInput={(keepHours) => change({ keepHours })} error={errorOf('keep-hours')} inputMode="decimal" />
        <Field id="keep-gib" label="At most, GiB (optional)" value={d.keepGib} onInput={(keepGib) => change({ keepGib })} error={errorOf('keep-gib')} inputMode="decimal" hint="no limit, if left empty" />
        <Choices
          legend="gh-ost and pt-online-schema-change"
          value={d.onlineDdl}
          onChange={(onlineDdl) => change({ onlineDdl })}
          choices={[
            { value: 'fold', label: 'one DDL of the table itself' },
            { value: 'raw', label: 'everything they do' },
          ]}
        />
      </section>
      {failed != null && <Failure what="The task was not made" error={failed} />}
      <ShowCommand text={commandOf(at ? { ...d, startAt: at } : d)} />
      <div class="acts end">
        <a class="button" href={stepPath(1)}>
          Back
        </a>
        <button type="submit" class="main" aria-disabled={busy}>
          {busy ? 'Making the task…' : 'Continue'}
        </button>
      </div>
    </form>
  );
}

export function NewTaskPage() {
  const slug = query.value.get('step') ?? 'source';
  const at = Math.max(0, SLUGS.indexOf(slug as (typeof SLUGS)[number]));
  const d = draft.value;
  // A step whose predecessors are empty begins at the first.
  useEffect(() => {
    if (at > 0 && sourceErrors(draft.peek()).length) setQuery({ step: 'source' });
  }, [at]);
  return (
    <>
      <Crumbs steps={[['Overview', '/'], ['New task']]} />
      <PageTitle key={at} title={`New task: ${STEPS[at]!.toLowerCase()}`} windowTitle={`New task, ${STEPS[at]}`}>
        {d.saved && <span class="muted">draft saved in this browser, {time(d.saved)}</span>}
        {d.saved && (
          <button
            type="button"
            onClick={() => {
              clearDraft();
              navigate(stepPath(0));
            }}
          >
            Start over
          </button>
        )}
      </PageTitle>
      <Steps at={at} />
      {at === 0 ? <SourceStep /> : at === 1 ? <ObjectsStep /> : <DeliveryStep />}
    </>
  );
}

function CheckActs({ task, skip, reason, rerun }: { task: Task; skip: string[]; reason: string; rerun: () => void }) {
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<unknown>(null);
  const checking = task.state === 'checking' || task.precheck?.running;
  const fails = (task.precheck?.items ?? []).filter((item) => item.level === 'fail' && !skip.includes(item.id));
  const notNow = checking ? 'The precheck still runs.' : fails.length ? `Start waits for ${plural(fails.length, 'item')} above.` : skip.length && !reason.trim() ? 'Start waits for the reason.' : '';
  const act = async (what: string, run: () => Promise<void>) => {
    if (busy) return;
    setBusy(what);
    setError(null);
    try {
      await run();
    } catch (problem) {
      setError(problem);
    }
    setBusy('');
  };
  const start = () =>
    act('start', async () => {
      tell(await api.startTask(task.id, skip, reason.trim()));
      if (draft.peek().task === task.id) clearDraft();
      navigate(taskPath(task.id));
    });
  // The service cannot change a task's source: the one that was made of this draft, and has read nothing, is made anew.
  const back = () =>
    act('back', async () => {
      const now = await api.task(task.id);
      if (!SETUP.includes(now.state)) throw new ApiError(409, 'started', 'The task was started meanwhile. It stays as it is.');
      await api.deleteTask(task.id);
      change({ task: '' });
      navigate(stepPath(2));
      tellGone(task.id);
    });
  return (
    <>
      {error != null && <Failure error={error} />}
      <div class="acts end">
        {notNow && <span class="muted">{notNow}</span>}
        {draft.value.task === task.id && (
          <button type="button" aria-disabled={!!busy} onClick={back}>
            {busy === 'back' ? 'Going back…' : 'Back'}
          </button>
        )}
        <button type="button" aria-disabled={checking || !!busy} onClick={() => !checking && rerun()}>
          Run again
        </button>
        <button type="button" class="main" aria-disabled={!!notNow || !!busy} onClick={() => !notNow && start()}>
          {busy === 'start' ? 'Starting…' : 'Start'}
        </button>
      </div>
    </>
  );
}

export function CheckPage({ id }: { id: string }) {
  const [task, setTask] = useState<Task | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [skip, setSkip] = useState<string[]>([]);
  const [reason, setReason] = useState('');
  const live = liveTask(id)?.task.value;
  const load = async () => {
    try {
      setTask(await api.task(id));
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  const running = task?.precheck?.running || task?.state === 'checking';
  // While it runs, twice a second; then whenever the stream tells another state.
  useEffect(() => {
    void load();
    if (!running) return undefined;
    const timer = setInterval(load, 500);
    return () => clearInterval(timer);
  }, [id, running, live?.state]);
  if (!task) return error == null ? null : <Failure what="The check cannot be shown" error={error} again={load} />;
  const items = task.precheck?.items ?? [];
  const wrong = items.filter((item) => item.level === 'fail');
  const warnings = items.filter((item) => item.level === 'warn').length;
  const rerun = async () => {
    try {
      setTask(await api.checkTask(id));
    } catch (problem) {
      setError(problem);
    }
  };
  const notes = warnings ? `, ${plural(warnings, 'warning')}` : '';
  const started = !SETUP.includes(task.state);
  return (
    <>
      <Crumbs steps={[['Overview', '/'], [task.name, taskPath(id)], ['Check and start']]} />
      <PageTitle
        windowTitle={`${task.name} · Check and start`}
        title={
          <>
            {task.name}: check and start <StateBadge state={taskState(live ?? task)} />
          </>
        }
      />
      <Steps at={3} />
      <p class="lead" role="status">
        {running
          ? `Checking: ${plural(items.length, 'answer')} so far. It goes on if you leave.`
          : wrong.length
            ? `${wrong.length} of ${plural(items.length, 'check')} ${wrong.length === 1 ? 'needs' : 'need'} a change${notes}.`
            : items.length
              ? `The precheck is passed: ${plural(items.length, 'check')}${notes}.`
              : 'Nothing was checked yet.'}
      </p>
      {error != null && <Failure error={error} again={load} />}
      {started ? (
        <Banner tone="ok">
          <p>
            The task was started. <a href={taskPath(id)}>Open the task</a>
          </p>
        </Banner>
      ) : null}
      <section class="panel" aria-label="Checks">
        {running ? (
          <ul class="checks">
            {items.map((item) => (
              <CheckItem key={item.id} item={item} />
            ))}
            <li>
              <Icon name="waiting" class="turning" />
              <div class="muted">the next check runs</div>
            </li>
          </ul>
        ) : (
          <CheckList
            items={items}
            extra={(item) =>
              item.level === 'fail' && item.can_waive ? (
                <label class="check">
                  <input type="checkbox" checked={skip.includes(item.id)} onChange={(event) => setSkip(event.currentTarget.checked ? [...skip, item.id] : skip.filter((other) => other !== item.id))} />
                  Start in spite of this
                </label>
              ) : null
            }
          />
        )}
        {!running && items.length > 0 && (
          <p class="row">
            <Copy text={reportText(items)} label="Copy report" />
            {wrong.some((item) => item.fix) && <Copy text={wrong.map((item) => item.fix).filter(Boolean).join('\n')} label="Copy all statements" />}
          </p>
        )}
      </section>
      {skip.length > 0 && <Field label="Reason" value={reason} onInput={setReason} hint="goes to the audit" />}
      {!started && <CheckActs task={task} skip={skip} reason={reason} rerun={rerun} />}
    </>
  );
}
