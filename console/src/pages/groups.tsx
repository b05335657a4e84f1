// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Group, type Task } from '../api';
import { liveTask, tasks } from '../live';
import { accountProblem, makePassword, passwordProblem } from '../password';
import { navigate, taskPath } from '../route';
import { time } from '../settings';
import { word } from '../shell';
import { backlog, groupState } from '../states';
import { ResetPosition } from './reset';
import { Banner, Choices, Confirm, Copy, Dialog, Empty, ErrorSummary, Failure, Field, PageTitle, PasswordField, Select, ShowCommand, StateBadge, Value, Waiting } from '../ui/parts';
import { duration, plural, spokenDuration } from '../units';

const EVERY_MS = 3000;

export interface Groups {
  list: Group[] | null;
  error: unknown;
  reload: () => void;
}

/** The groups, asked for again every three seconds while the tab is seen. */
export function useGroups(task?: string): Groups {
  const [list, setList] = useState<Group[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = useRef<() => Promise<void>>(async () => undefined);
  load.current = async () => {
    try {
      setList((await api.groups(task)).groups);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => {
    let timer = 0;
    let over = false;
    const go = async () => {
      if (!document.hidden) await load.current();
      if (!over) timer = window.setTimeout(go, EVERY_MS);
    };
    void go();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [task]);
  return { list, error, reload: () => void load.current() };
}

/** Which library, as a client tells it. */
function clientText(group: Group): string {
  return [...new Set(group.clients.map((client) => client.software || client.client_id || 'unnamed'))].join(', ');
}

function GroupRow({ group, showTask }: { group: Group; showTask: boolean }) {
  const lag = group.lag;
  return (
    <tr>
      <th scope="row">
        <a href={taskPath(group.task_id, 'groups', group.id)}>{showTask ? `${group.task} / ${group.name}` : group.name}</a>
      </th>
      <td>
        <StateBadge state={groupState(group)} />
      </td>
      <td data-label="Group ID">
        <code>{group.id}</code> <Copy text={group.id} what={`group ID of ${group.name}`} />
      </td>
      <td data-label="Clients">{group.connections ? `${plural(group.connections, 'connection')}${clientText(group) ? `: ${clientText(group)}` : ''}` : 'none'}</td>
      <td data-label="Read up to">{group.position ? time(group.position.read_to) : 'No position yet'}</td>
      <td class="num mono" data-label="Offset">
        {group.position?.offset ?? '–'}
      </td>
      <td class="num" data-label="Delay">
        {lag?.delay_ms == null ? '–' : <span aria-label={spokenDuration(lag.delay_ms)}>{duration(lag.delay_ms)}</span>}
      </td>
      <td class="num" data-label="Backlog">
        {backlog(group)}
      </td>
    </tr>
  );
}

export function GroupsTable({ groups, task }: { groups: Groups; task?: Task }) {
  const [creating, setCreating] = useState(false);
  const create = (
    <button type="button" class="main" onClick={() => setCreating(true)}>
      Create group
    </button>
  );
  const { list, error } = groups;
  return (
    <div class="stack as-cards">
      {error != null && <Failure what="Groups cannot be shown as they are now" error={error} again={groups.reload} />}
      {list === null && error == null && <Waiting what="Loading the groups" />}
      {list?.length === 0 && (
        <Empty title="No groups yet.">
          <p>A group is one consumer with its own position; records are kept meanwhile.</p>
          {create}
        </Empty>
      )}
      {list && list.length > 0 && (
        <>
          <div class="acts">{create}</div>
          <div class="table" tabIndex={0} role="group" aria-label="Groups">
            <table>
              <caption class="hidden">Groups</caption>
              <thead>
                <tr>
                  <th scope="col">Group</th>
                  <th scope="col">State</th>
                  <th scope="col">Group ID</th>
                  <th scope="col">Clients</th>
                  <th scope="col">Read up to</th>
                  <th scope="col" class="num">
                    Offset
                  </th>
                  <th scope="col" class="num">
                    Delay
                  </th>
                  <th scope="col" class="num">
                    Backlog
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((group) => (
                  <GroupRow key={group.id} group={group} showTask={!task} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {creating && (
        <CreateGroup
          task={task}
          onClose={() => {
            setCreating(false);
            groups.reload();
          }}
        />
      )}
    </div>
  );
}

/** The only place where a password is seen; closed before a copy it asks once. */
function PasswordOnce({ group, password, changed, onClose }: { group: Group; password: string; changed?: boolean; onClose: () => void }) {
  const [shown, setShown] = useState(false);
  const [copied, setCopied] = useState(false);
  const [asked, setAsked] = useState(false);
  const close = () => (copied || asked ? onClose() : setAsked(true));
  return (
    <Dialog title={changed ? `${group.name} has a new password` : `Group ${group.name} is created`} onClose={close}>
      <div class="stack">
        <p>The password is shown this once. Lost, it can only be replaced.</p>
        <dl class="facts">
          <dt>Group ID</dt>
          <dd>
            <Value what="group ID" text={group.id} />
          </dd>
          <dt>User</dt>
          <dd>
            <Value what="user" text={group.user} />
          </dd>
          <dt>Password</dt>
          <dd onClick={(event) => (event.target as Element).closest('.copy') && setCopied(true)}>
            <code data-testid="password">{shown ? password : '•'.repeat(12)}</code>{' '}
            <button
              type="button"
              class="small"
              onClick={() => {
                setShown(!shown);
                setCopied(true);
              }}
            >
              {shown ? 'Hide' : 'Show'}
            </button>{' '}
            <Copy text={password} what="password" />
          </dd>
        </dl>
        {asked && !copied && (
          <Banner tone="warn">
            <p>The password was neither shown nor copied. It cannot be had later.</p>
          </Banner>
        )}
        <div class="acts end">
          <button type="button" onClick={close}>
            {asked && !copied ? 'Close without it' : 'Done'}
          </button>
          <button
            type="button"
            class="main"
            onClick={() => {
              onClose();
              navigate(`${taskPath(group.task_id, 'connect')}?${new URLSearchParams({ group: group.id })}`);
            }}
          >
            Connect a client
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function PasswordChoice({ own, setOwn, password, setPassword, error, field }: { own: boolean; setOwn: (own: boolean) => void; password: string; setPassword: (text: string) => void; error?: string; field: string }) {
  return (
    <>
      <Choices
        legend="Password"
        row
        value={own ? 'own' : 'made'}
        onChange={(value) => setOwn(value === 'own')}
        choices={[
          { value: 'made', label: 'make one' },
          { value: 'own', label: 'own' },
        ]}
      />
      {own && <PasswordField id={field} label="Own password" value={password} onInput={setPassword} error={error} hint="8 to 32 characters; two kinds of upper case, lower case, digits, others" />}
    </>
  );
}

function CreateGroup({ task, onClose }: { task?: Task; onClose: () => void }) {
  const [taskId, setTaskId] = useState(task?.id ?? tasks.peek()[0]?.id ?? '');
  const [name, setName] = useState('');
  const [account, setAccount] = useState('');
  const [own, setOwn] = useState(false);
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<{ field: string; text: string }[]>([]);
  const [failed, setFailed] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<{ group: Group; password: string } | null>(null);
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const found = [
      { field: 'group-account', text: accountProblem(account.trim()) },
      { field: 'group-password', text: own ? passwordProblem(password) : '' },
    ].filter((error) => error.text);
    setErrors(found);
    setFailed(null);
    if (found.length) return;
    setBusy(true);
    const secret = own ? password : makePassword();
    try {
      const group = await api.createGroup({ task: taskId, account: account.trim(), name: name.trim() || undefined, password: secret });
      setMade({ group, password: secret });
    } catch (problem) {
      setFailed(problem);
      setBusy(false);
    }
  };
  if (made) return <PasswordOnce group={made.group} password={made.password} onClose={onClose} />;
  return (
    <Dialog title="Create group" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <ErrorSummary errors={errors} />
        {!task && <Select label="Task" value={taskId} onChange={setTaskId} options={tasks.value.map((t): [string, string] => [t.id, t.name])} />}
        <Field id="group-account" label="Account" value={account} onInput={setAccount} error={errorOf('group-account')} autocomplete="off" spellcheck={false} hint="1 to 16 letters, digits, underscores" />
        <Field label="Name (optional)" value={name} onInput={setName} autocomplete="off" maxLength={128} hint="the account, if left empty" />
        <PasswordChoice own={own} setOwn={setOwn} password={password} setPassword={setPassword} error={errorOf('group-password')} field="group-password" />
        {failed != null && <Failure what="The group was not created" error={failed} />}
        <ShowCommand
          text={`millrace group create --task ${word(taskId)} --account ${word(account.trim() || 'ACCOUNT')}${name.trim() ? ` --name ${word(name.trim())}` : ''} --password-file F`}
        />
        <div class="acts end">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="main" aria-disabled={busy}>
            {busy ? 'Creating…' : 'Create group'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function ChangePassword({ group, onClose }: { group: Group; onClose: () => void }) {
  const [own, setOwn] = useState(false);
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [made, setMade] = useState<{ group: Group; password: string } | null>(null);
  if (made) return <PasswordOnce group={made.group} password={made.password} changed onClose={onClose} />;
  return (
    <Confirm
      title={`Set a new password for ${group.name}?`}
      act="Set password"
      doing="Setting…"
      keep="Keep the old one"
      onClose={onClose}
      run={async () => {
        const wrong = own ? passwordProblem(password) : '';
        setError(wrong);
        if (wrong) throw new Error(wrong);
        const secret = own ? password : makePassword();
        const changed = await api.setPassword(group.id, secret);
        setMade({ group: changed, password: secret });
        return 'stay'; // the dialog with the password takes over
      }}
    >
      <p>
        {group.connections === 0 ? 'No client is connected now.' : `${plural(group.connections, 'connection')} ${group.connections === 1 ? 'is' : 'are'} cut off.`} Every client of the group needs the new one.
      </p>
      <PasswordChoice own={own} setOwn={setOwn} password={password} setPassword={setPassword} error={error} field="new-password" />
      <ShowCommand text={`millrace group password ${word(group.id)} --password-file F`} />
    </Confirm>
  );
}

function DeleteGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  return (
    <Confirm
      title={`Delete group ${group.name}?`}
      act={`Delete ${group.name}`}
      doing="Deleting…"
      danger
      onClose={onClose}
      run={async () => {
        await api.deleteGroup(group.id);
        navigate(taskPath(group.task_id, 'groups'));
      }}
    >
      <p>
        Its position cannot be restored{group.connections > 0 ? `, and ${plural(group.connections, 'connection')} ${group.connections === 1 ? 'is' : 'are'} cut off` : ''}. Other groups are not affected.
      </p>
      <ShowCommand text={`millrace group delete ${word(group.id)}`} />
    </Confirm>
  );
}

export function TaskGroupsPage({ id }: { id: string }) {
  const groups = useGroups(id);
  const live = liveTask(id);
  if (!live) return null;
  return <GroupsTable groups={groups} task={live.task.value} />;
}

export function GroupsPage() {
  const groups = useGroups();
  const list = groups.list ?? [];
  const lost = list.filter((group) => (group.lag?.lost_records ?? 0) > 0).length;
  return (
    <>
      <PageTitle title="Groups" windowTitle="Groups" />
      {list.length > 0 && (
        <p class="lead">
          {plural(list.length, 'group')}, {plural(list.filter((group) => group.connections > 0).length, 'with', 'with')} a client now.{' '}
          {lost > 0 ? `${plural(lost, 'group has', 'groups have')} lost records.` : 'None has lost records.'}
        </p>
      )}
      {tasks.value.length === 0 && groups.list?.length === 0 ? (
        <Empty title="No groups yet.">
          <p>A group is one consumer of a task, with its own position. There is no task yet.</p>
          <a class="button main" href="/tasks/new">
            New task
          </a>
        </Empty>
      ) : (
        <GroupsTable groups={groups} />
      )}
    </>
  );
}

export function GroupPage({ id, group: groupId }: { id: string; group: string }) {
  const groups = useGroups(id);
  const [open, setOpen] = useState<'password' | 'delete' | 'reset' | null>(null);
  const group = groups.list?.find((other) => other.id === groupId);
  if (groups.list === null && groups.error == null) return <Waiting what="Loading the group" />;
  if (groups.error != null && !group) return <Failure what="The group cannot be shown" error={groups.error} again={groups.reload} />;
  if (!group) {
    return (
      <Empty title={`This task has no group ${groupId}.`}>
        <a class="button" href={taskPath(id, 'groups')}>
          All groups of the task
        </a>
      </Empty>
    );
  }
  return (
    <>
      <section class="panel" aria-labelledby="group-name">
        <div class="page-head">
          <h2 id="group-name">
            {group.name} <StateBadge state={groupState(group)} />
          </h2>
          <div class="acts">
            <a class="button" href={`${taskPath(id, 'connect')}?${new URLSearchParams({ group: group.id })}`}>
              Connect a client
            </a>
            <button type="button" onClick={() => setOpen('reset')}>
              Reset position
            </button>
            <button type="button" onClick={() => setOpen('password')}>
              Change password
            </button>
            <button type="button" onClick={() => setOpen('delete')}>
              Delete
            </button>
          </div>
        </div>
        <dl class="facts">
          <dt>Delay</dt>
          <dd>{group.lag?.delay_ms == null ? '– (no position yet)' : duration(group.lag.delay_ms)}</dd>
          <dt>Backlog</dt>
          <dd>{backlog(group)}</dd>
          <dt>Position</dt>
          <dd>{group.position ? `offset ${group.position.offset}, read up to ${time(group.position.read_to)}, committed ${time(group.position.committed)}` : 'No position yet: it begins where its client asks to.'}</dd>
          <dt>Group ID</dt>
          <dd>
            <Value what="group ID" text={group.id} />
          </dd>
          <dt>User</dt>
          <dd>
            <Value what="user" text={group.user} />
          </dd>
          <dt>Created</dt>
          <dd>{time(group.created)}</dd>
        </dl>
      </section>
      <section class="stack as-cards" aria-labelledby="clients">
        <h2 id="clients">Clients</h2>
        {group.clients.length === 0 ? (
          <Empty title={group.position ? 'No client is connected.' : 'No client has connected.'}>
            <a class="button" href={`${taskPath(id, 'connect')}?${new URLSearchParams({ group: group.id })}`}>
              Connect a client
            </a>
          </Empty>
        ) : (
          <div class="table" tabIndex={0} role="group" aria-labelledby="clients">
            <table>
              <caption class="hidden">Connections of the group</caption>
              <thead>
                <tr>
                  <th scope="col">Client ID</th>
                  <th scope="col">Address</th>
                  <th scope="col">Library</th>
                  <th scope="col">Since</th>
                </tr>
              </thead>
              <tbody>
                {group.clients.map((client) => (
                  <tr key={`${client.peer}${client.since}`}>
                    <th scope="row">{client.client_id || 'unnamed'}</th>
                    <td data-label="Address">{client.peer}</td>
                    <td data-label="Library">{client.software || 'not told'}</td>
                    <td data-label="Since">{time(client.since)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {group.members.length > 0 && (
          <p>
            {plural(group.members.length, 'member')}: {group.members.map((member) => `${member.client_id} at ${member.host}, ${member.active ? 'reads the partition' : 'standby'}`).join('; ')}
          </p>
        )}
      </section>
      {open === 'reset' && liveTask(id) && <ResetPosition group={group} task={liveTask(id)!.task.value} onClose={() => (setOpen(null), groups.reload())} />}
      {open === 'password' && <ChangePassword group={group} onClose={() => (setOpen(null), groups.reload())} />}
      {open === 'delete' && <DeleteGroup group={group} onClose={() => setOpen(null)} />}
    </>
  );
}
