// SPDX-License-Identifier: Apache-2.0
// Databases and tables to choose from. The service searches; the selection is kept apart from the list.
import { useEffect, useState } from 'preact/hooks';
import { api, type SourceObjects } from '../api';
import { change, draft, password, selectionSentence, sourceOf, type Chosen } from '../draft';
import { objectName } from '../shell';
import { Icon } from '../ui/icons';
import { Banner, Empty, Failure, Waiting } from '../ui/parts';
import { count, plural } from '../units';

type Table = SourceObjects['tables'][number];

const same = (a: Chosen, b: Chosen) => a.database === b.database && a.table === b.table;
const has = (database: string, table = '') => draft.value.objects.some((o) => same(o, { database, table }));

function put(chosen: Chosen, on: boolean) {
  const without = draft.peek().objects.filter((o) => !same(o, chosen));
  // The whole of a database takes the place of its tables.
  const rest = on && !chosen.table ? without.filter((o) => o.database !== chosen.database) : without;
  change({ objects: on ? [...rest, chosen] : rest });
}

const source = () => sourceOf(draft.peek(), password.peek());

/** Asks what is to become of a whole database that one table is to be left out of. */
function Except({ database, table, onClose }: { database: string; table: string; onClose: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const others = async () => {
    try {
      const all = await api.sourceObjects({ source: source(), database });
      if (!all.all) throw new Error(`${database} has more tables than can be chosen one by one. Keep the whole database, and leave ${table} out where the records are read.`);
      const rest = all.tables.filter((other) => other.name !== table).map((other) => ({ database, table: other.name }));
      change({ objects: [...draft.peek().objects.filter((o) => o.database !== database), ...rest] });
      onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Banner tone="info">
      <p>{database} is tracked as a whole. Without {table}, its other tables of today are tracked one by one, and tables created later are left out.</p>
      <p class="row">
        <button type="button" onClick={others}>
          Track the others only
        </button>
        <button type="button" onClick={onClose}>
          Keep all of {database}
        </button>
      </p>
      {error != null && <Failure error={error} />}
    </Banner>
  );
}

function TableRow({ table }: { table: Table }) {
  const [asked, setAsked] = useState(false);
  const whole = has(table.database);
  const notes = [table.engine, table.type === 'BASE TABLE' ? '' : table.type.toLowerCase()].filter(Boolean).join(', ');
  return (
    <>
      <div class="tree-row table-row">
        <label>
          <input
            type="checkbox"
            checked={whole || has(table.database, table.name)}
            onChange={(event) => {
              if (!whole) return put({ database: table.database, table: table.name }, event.currentTarget.checked);
              event.currentTarget.checked = true;
              return setAsked(true);
            }}
          />
          <span>{table.name}</span>
        </label>
        <span class="muted">{notes}</span>
        {!table.has_key && (
          <span class="warn-text row">
            <Icon name="warning" /> no key: repeats look alike
          </span>
        )}
      </div>
      {asked && whole && <Except database={table.database} table={table.name} onClose={() => setAsked(false)} />}
    </>
  );
}

function DatabaseRows({ name, tables, matching, search, found }: { name: string; tables: number; matching: number; search: string; found: Table[] | null }) {
  const [open, setOpen] = useState(false);
  const [own, setOwn] = useState<Table[] | null>(null);
  const [more, setMore] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const shown = search ? found : own;
  const isOpen = search ? true : open;
  const chosen = draft.value.objects.filter((o) => o.database === name && o.table).length;
  const toggle = () => {
    setOpen(!open);
    if (open || own) return;
    setError(null);
    api.sourceObjects({ source: source(), database: name }).then((answer) => {
      setOwn(answer.tables);
      setMore(!answer.all);
    }, setError);
  };
  return (
    <>
      <div class="tree-row">
        <button type="button" class="toggle" aria-expanded={isOpen} aria-label={`Tables of ${name}`} aria-disabled={!!search} onClick={() => !search && toggle()}>
          <Icon name="open" />
        </button>
        <label>
          <input
            type="checkbox"
            checked={has(name)}
            ref={(box) => {
              if (box) box.indeterminate = chosen > 0 && !has(name);
            }}
            onChange={(event) => put({ database: name, table: '' }, event.currentTarget.checked)}
          />
          <strong>{name}</strong>
        </label>
        <span class="muted">
          {search ? `${count(matching)} of ${plural(tables, 'table')}` : plural(tables, 'table')}
          {has(name) ? ', whole, includes new tables' : chosen ? `, ${count(chosen)} chosen, new tables are left out` : ''}
        </span>
      </div>
      {error != null && <Failure error={error} again={toggle} />}
      {isOpen && shown?.map((table) => <TableRow key={table.name} table={table} />)}
      {isOpen && more && !search && <p class="tree-row table-row muted">More tables than are listed: search for them.</p>}
    </>
  );
}

export function Picker() {
  const [search, setSearch] = useState('');
  const [answer, setAnswer] = useState<{ search: string; objects: SourceObjects } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const [counts, setCounts] = useState(new Map<string, number>());
  useEffect(() => {
    const ending = new AbortController();
    const wanted = search.trim();
    const timer = setTimeout(
      () => {
        api.sourceObjects({ source: source(), search: wanted, ...(wanted ? {} : { limit: 0 }) }, ending.signal).then(
          (objects) => {
            setAnswer({ search: wanted, objects });
            setCounts(new Map(objects.databases.map((database) => [database.name, database.tables])));
            setError(null);
          },
          (problem) => !ending.signal.aborted && setError(problem),
        );
      },
      wanted ? 150 : 0,
    );
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [search, round]);
  const objects = draft.value.objects;
  const databases = (answer?.objects.databases ?? []).filter((database) => !answer!.search || database.matching > 0);
  const total = (answer?.objects.databases ?? []).reduce((sum, database) => sum + database.tables, 0);
  return (
    <div class="picker">
      <div class="stack">
        <div class="toolbar">
          <div class="field grow">
            <label for="picker-search">{answer ? `Search ${plural(total, 'table')}, * stands for anything` : 'Search'}</label>
            <input id="picker-search" data-search type="search" spellcheck={false} value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          </div>
          <button type="button" onClick={() => setRound(round + 1)}>
            Refresh
          </button>
        </div>
        {error != null && <Failure what="The tables cannot be shown" error={error} again={() => setRound(round + 1)} />}
        {!answer && error == null && <Waiting what="Asking the source for its tables" />}
        {answer && databases.length === 0 && <Empty title={answer.search ? `No table matches “${answer.search}”.` : 'The account sees no database but the system’s.'} />}
        {databases.length > 0 && (
          <div class="tree" role="group" aria-label="Databases and tables of the source" tabIndex={0}>
            {databases.map((database) => (
              <DatabaseRows
                key={`${database.name}:${round}`}
                name={database.name}
                tables={database.tables}
                matching={database.matching}
                search={answer!.search}
                found={answer!.search ? answer!.objects.tables.filter((table) => table.database === database.name) : null}
              />
            ))}
            {answer!.search && !answer!.objects.all && <p class="tree-row muted">More tables match than are listed: search for a longer part.</p>}
          </div>
        )}
      </div>
      <section class="panel" aria-labelledby="chosen">
        <div class="page-head">
          <h2 id="chosen">Tracked</h2>
          {objects.length > 0 && (
            <button type="button" onClick={() => change({ objects: [] })}>
              Clear
            </button>
          )}
        </div>
        <ul class="chosen">
          {objects.slice(0, 200).map((o) => (
            <li key={objectName(o.database, o.table)}>
              <span>
                <code>{objectName(o.database, o.table)}</code> {!o.table && <span class="muted">whole database</span>}
              </span>
              <button type="button" class="small" aria-label={`Remove ${objectName(o.database, o.table)}`} onClick={() => put(o, false)}>
                Remove
              </button>
            </li>
          ))}
        </ul>
        {objects.length > 200 && <p class="muted">and {count(objects.length - 200)} more</p>}
        <p role="status">{selectionSentence(draft.value, counts)}</p>
      </section>
    </div>
  );
}
