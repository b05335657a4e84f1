// SPDX-License-Identifier: Apache-2.0
// The frame: who is signed in, the bar, and which page the address names.
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, session } from './api';
import { liveTask, now, silent, startLive, taskIds, heard } from './live';
import logo from './millrace.svg';
import { AuditPage } from './pages/audit';
import { ConnectPage } from './pages/connect';
import { GroupPage, GroupsPage, TaskGroupsPage } from './pages/groups';
import { SignIn, Welcome } from './pages/login';
import { Overview } from './pages/overview';
import { RecordsPage } from './pages/records';
import { SettingsPage } from './pages/settings';
import { ObjectsPage, StatusPage, TaskFrame } from './pages/task';
import { CheckPage, NewTaskPage } from './pages/wizard';
import { followLinks, navigate, path, query, segments } from './route';
import { browserZone, keys, theme, zone, zoneChoice } from './settings';
import { Dialog, Empty, Failure, PageTitle, Select, Waiting } from './ui/parts';
import { offsetOf } from './units';

function NotFound() {
  return (
    <>
      <PageTitle title="Nothing is here" windowTitle="Nothing is here" />
      <Empty title={`No page has the address ${path.value}.`}>
        <a class="button" href="/">
          Go to the overview
        </a>
      </Empty>
    </>
  );
}

function TaskPages({ id, rest }: { id: string; rest: string[] }) {
  if (taskIds.value === null) return <Waiting what="Loading the tasks" />;
  if (!liveTask(id)) {
    return (
      <>
        <PageTitle title="No such task" windowTitle="No such task" />
        <Empty title={`No task has the ID ${id}.`}>
          <p>It may have been deleted. The audit tells by whom.</p>
          <p class="row">
            <a class="button" href="/">
              Go to the overview
            </a>
            <a href="/audit">Audit</a>
          </p>
        </Empty>
      </>
    );
  }
  const [tab = '', more, extra] = rest;
  if (tab === 'setup' && more === 'check' && extra === undefined) return <CheckPage id={id} />;
  if (tab === '' || (tab === 'objects' && !more)) {
    return (
      <TaskFrame id={id} tab={tab === '' ? 'Status' : 'Objects'}>
        {tab === '' ? <StatusPage id={id} /> : <ObjectsPage id={id} />}
      </TaskFrame>
    );
  }
  if (tab === 'groups' && extra === undefined) {
    return (
      <TaskFrame id={id} tab="Groups">
        {more ? <GroupPage key={more} id={id} group={more} /> : <TaskGroupsPage id={id} />}
      </TaskFrame>
    );
  }
  if (tab === 'records' && extra === undefined) {
    return (
      <TaskFrame id={id} tab="Records">
        <RecordsPage id={id} offset={more} />
      </TaskFrame>
    );
  }
  if (tab === 'connect' && !more) {
    return (
      <TaskFrame id={id} tab="Connect">
        <ConnectPage id={id} />
      </TaskFrame>
    );
  }
  return <NotFound />;
}

function Page() {
  const [first, second, ...rest] = segments.value;
  if (first === undefined || first === 'login' || first === 'welcome') return <Overview />;
  if (first === 'tasks' && second === 'new' && !rest.length) return <NewTaskPage />;
  if (first === 'tasks' && second !== undefined) return <TaskPages key={second} id={second} rest={rest} />;
  if (second !== undefined) return <NotFound />;
  if (first === 'groups') return <GroupsPage />;
  if (first === 'audit') return <AuditPage />;
  if (first === 'settings') return <SettingsPage />;
  return <NotFound />;
}

const NAV = [
  ['Overview', '/'],
  ['Groups', '/groups'],
  ['Audit', '/audit'],
  ['Settings', '/settings'],
] as const;

/** A menu that closes when something else is clicked, and with Esc. */
function Menu({ label, children }: { label: preact.ComponentChildren; children: preact.ComponentChildren }) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== 'Escape') return;
      if (event instanceof MouseEvent && box.current?.contains(event.target as Node)) return;
      if (!box.current?.open) return;
      box.current.open = false;
      if (event instanceof KeyboardEvent) box.current.querySelector('summary')?.focus();
    };
    addEventListener('click', close);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('click', close);
      removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details class="menu" ref={box}>
      <summary>{label}</summary>
      <div>{children}</div>
    </details>
  );
}

function Bar() {
  const first = segments.value[0];
  const at = first === undefined || first === 'tasks' || first === 'login' || first === 'welcome' ? '/' : `/${first}`;
  const zoneLabel = `UTC${offsetOf(new Date(now()), zone())}`;
  return (
    <header class="bar">
      <div class="bar-in">
        <a class="brand" href="/">
          <img src={logo} alt="" /> Millrace
        </a>
        <nav aria-label="Main">
          {NAV.map(([label, href]) => (
            <a key={href} href={href} aria-current={href === at ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <Menu label={`${zoneLabel}, ${session.value?.who}`}>
          <Select
            label="Times are shown in"
            value={zoneChoice.value}
            onChange={(value) => (zoneChoice.value = value as 'browser' | 'utc')}
            options={[
              ['browser', `${browserZone} (this browser)`],
              ['utc', 'UTC'],
            ]}
          />
          <Select
            label="Theme"
            value={theme.value}
            onChange={(value) => (theme.value = value as 'system' | 'light' | 'dark')}
            options={[
              ['system', 'As the system'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
          />
          <button type="button" onClick={() => void api.logout().finally(() => navigate('/login'))}>
            Sign out
          </button>
        </Menu>
      </div>
    </header>
  );
}

function KeysDialog({ onClose }: { onClose: () => void }) {
  const rows = [
    ['/', 'to the search of this page'],
    ['?', 'this list'],
    ['Esc', 'closes dialogs and menus'],
    ['.', 'holds or resumes the live tail'],
    ['g o, g g, g a, g s', 'to Overview, Groups, Audit, Settings'],
  ];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div class="stack">
        <dl class="facts">
          {rows.map(([key, what]) => (
            <>
              <dt>
                <code>{key}</code>
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
        <label class="check">
          <input type="checkbox" checked={keys.value === 'on'} onChange={(event) => (keys.value = event.currentTarget.checked ? 'on' : 'off')} />
          Single keys do something
        </label>
        <div class="acts end">
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Dialog>
  );
}

const GO: Record<string, string> = { o: '/', g: '/groups', a: '/audit', s: '/settings' };

function useKeys(help: () => void) {
  useEffect(() => {
    let went = 0;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (keys.value === 'off' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog')) return;
      if (Date.now() - went < 1500 && GO[event.key]) {
        went = 0;
        navigate(GO[event.key]!);
      } else if (event.key === 'g') went = Date.now();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('input[data-search]');
        if (!search) return;
        event.preventDefault();
        search.focus();
      } else if (event.key === '?') help();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [help]);
}

function SignedIn() {
  const [help, setHelp] = useState(false);
  useKeys(() => setHelp(true));
  useEffect(() => {
    startLive();
    if (path.value === '/login' || path.value === '/welcome') {
      const next = query.value.get('next') ?? '/';
      navigate(next.startsWith('/') && !next.startsWith('//') ? next : '/', { replace: true });
    }
  }, []);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Bar />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <footer class="foot">
        <span class="row">
          <span>{silent.value || heard.value === 0 ? 'not live' : 'live'}</span>
          <button type="button" class="plain" onClick={() => setHelp(true)}>
            Keys
          </button>
        </span>
      </footer>
      {help && <KeysDialog onClose={() => setHelp(false)} />}
    </>
  );
}

/** A session that ended asks to sign in over the page, which stays as it was. */
function SignInAgain() {
  return (
    <Dialog title="The session has ended" onClose={() => navigate('/login')}>
      <SignIn inDialog />
    </Dialog>
  );
}

export function App() {
  const [failed, setFailed] = useState<unknown>(null);
  const [begun, setBegun] = useState(false);
  const load = () => {
    setFailed(null);
    api
      .loadSession()
      .then(() => {
        if (session.value === undefined) session.value = null;
      })
      .catch(setFailed);
  };
  useEffect(() => {
    document.addEventListener('click', followLinks);
    // A link from the terminal signs in whoever else is signed in here.
    if (location.pathname === '/welcome' && location.hash.length > 1) session.value = null;
    else load();
  }, []);
  useSignalEffect(() => {
    if (session.value) setBegun(true);
  });
  if (failed != null) {
    return (
      <main class="center">
        <Failure what="The console cannot be shown" error={failed} again={load} />
      </main>
    );
  }
  if (session.value === undefined) {
    return (
      <main class="center">
        <Waiting what="Asking the service" />
      </main>
    );
  }
  if (!begun) return path.value === '/welcome' ? <Welcome /> : <SignIn />;
  return (
    <>
      <SignedIn />
      {session.value === null && path.value !== '/login' && <SignInAgain />}
      {session.value === null && path.value === '/login' && <Reload />}
    </>
  );
}

/** Signed out on purpose: nothing of the session stays in this page. */
function Reload() {
  useEffect(() => location.reload(), []);
  return null;
}
