// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, ApiError, type FoundRecord } from '../api';
import { difference, isChanged, keyText, shown, summary, takes, type Cell, type Filter } from '../cells';
import { liveTask } from '../live';
import { navigate, query, taskPath } from '../route';
import { time, zone } from '../settings';
import { Icon } from '../ui/icons';
import { Breakable, Copy, Empty, Failure, Field, Select, Waiting } from '../ui/parts';
import { count, parseTime, plural } from '../units';

const KINDS = ['INSERT', 'UPDATE', 'DELETE', 'DDL'];
const QUIET = ['BEGIN', 'COMMIT', 'HEARTBEAT'];
const SIGNS: Record<string, string> = { INSERT: '+', UPDATE: '~', DELETE: '−', DDL: '◆' };
const FIRST = 20;
const TAIL_ROWS = 200;
const FOLD = 4096;
const narrow = matchMedia('(max-width: 719px)').matches;

interface Form extends Filter {
  from: string;
  to: string;
  order: 'newest' | 'oldest';
}

function formOf(params: URLSearchParams): Form {
  const kinds = params.get('kind');
  return {
    kinds: kinds === null ? KINDS : kinds.split(',').filter((kind) => [...KINDS, ...QUIET].includes(kind)),
    table: params.get('table') ?? '',
    key: params.get('key') ?? '',
    column: params.get('column') ?? '',
    has: params.get('where') ?? '',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    order: params.get('order') === 'oldest' ? 'oldest' : 'newest',
  };
}

/** For the address: what is as it is at first is left out. */
function paramsOf(form: Form, tail: boolean): string {
  const out = new URLSearchParams();
  if (form.kinds.join() !== KINDS.join()) out.set('kind', form.kinds.join());
  for (const [name, value] of Object.entries({ table: form.table, key: form.key, column: form.column, where: form.has, from: form.from, to: form.to })) if (value) out.set(name, value);
  if (form.order === 'oldest') out.set('order', 'oldest');
  if (tail) out.set('tail', '1');
  return out.size ? `?${out}` : '';
}

/** An offset as it is, a time in the chosen zone as UTC. */
function border(text: string): string | null {
  const wanted = text.trim();
  if (wanted === '' || /^\d{1,18}$/.test(wanted) || wanted === 'earliest' || wanted === 'latest') return wanted;
  return parseTime(wanted, zone());
}

function apiQuery(form: Form, more: Record<string, string> = {}): URLSearchParams {
  const out = new URLSearchParams({ order: form.order, limit: String(FIRST), kinds: form.kinds.join() });
  const values = { table: form.table.trim(), key: form.key.trim(), column: form.column.trim(), has: form.has, from: border(form.from) ?? '', to: border(form.to) ?? '', ...more };
  for (const [name, value] of Object.entries(values)) if (value) out.set(name, value);
  return out;
}

function Text({ parts }: { parts: [string, string, string] }) {
  return (
    <>
      {parts[0]}
      {parts[1] && <mark>{parts[1]}</mark>}
      {parts[2]}
    </>
  );
}

function Side({ cell, image, whole, onWhole }: { cell: Cell; image: 'before' | 'after'; whole: boolean; onWhole: () => void }) {
  if (!(image in cell)) return <span class="null">not in the record</span>;
  const value = cell[image];
  if (value === null || value === undefined) return <span class="null">NULL</span>;
  const other = image === 'before' ? cell.after : cell.before;
  const text = shown(cell, value);
  const isCut = !whole && text.length > FOLD;
  const cut = isCut ? text.slice(0, FOLD) : text;
  const both = cell.kind === 'text' && other != null && other !== value && Math.min(other.length, value.length) > 16;
  const pair = both ? (image === 'before' ? difference(cut, shown(cell, other).slice(0, FOLD * 16))[0] : difference(shown(cell, other).slice(0, FOLD * 16), cut)[1]) : null;
  return (
    <>
      <span class={`cell ${isChanged(cell) ? `cell-${image}` : ''}`}>
        {isChanged(cell) && <span class="muted">{image === 'before' ? '− ' : '+ '}</span>}
        {pair ? <Text parts={pair} /> : cut}
      </span>
      {isCut && (
        <button type="button" class="plain" onClick={onWhole}>
          {plural(text.length, 'character')} in all: show
        </button>
      )}
      {cell.cut !== undefined && <span class="muted"> (cut here; the record has {plural(cell.cut, 'byte')})</span>}
    </>
  );
}

function Detail({ id, record, onClose }: { id: string; record: FoundRecord; onClose: () => void }) {
  const [changedOnly, setChangedOnly] = useState(false);
  const [whole, setWhole] = useState<string[]>([]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [record.offset]);
  const isUpdate = record.operation === 'UPDATE';
  const cells = changedOnly && isUpdate ? record.cells.filter(isChanged) : record.cells;
  const before = record.operation !== 'INSERT';
  const after = record.operation !== 'DELETE';
  return (
    <section class="panel detail" aria-labelledby="record">
      <div class="page-head">
        <h2 id="record" ref={heading} tabIndex={-1}>
          {record.operation} {record.object}
        </h2>
        <div class="acts">
          <Copy text={location.origin + taskPath(id, 'records', String(record.offset))} label="Copy link" />
          <Copy text={JSON.stringify(record, null, 2)} label="Copy JSON" />
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      <p class="row">
        <span>
          offset <code>{record.offset}</code>
        </span>
        <span>{time(record.time, { ms: true })}</span>
        <span>
          source position <code>{record.position}</code>
        </span>
        {record.txid !== '' && record.txid !== '0' && (
          <span>
            transaction <code>{record.txid}</code>
          </span>
        )}
      </p>
      {record.statement !== undefined && (
        <pre class="wrap" tabIndex={0} role="group" aria-label="Statement">
          {record.statement}
        </pre>
      )}
      {isUpdate && (
        <label class="check">
          <input type="checkbox" checked={changedOnly} onChange={(event) => setChangedOnly(event.currentTarget.checked)} /> Changed columns only
        </label>
      )}
      {cells.length > 0 && (
        <div class="table" tabIndex={0} role="group" aria-label="Values">
          <table>
            <caption class="hidden">Values of the record</caption>
            <thead>
              <tr>
                <th scope="col">Column</th>
                {before && <th scope="col">Before</th>}
                {after && <th scope="col">After</th>}
              </tr>
            </thead>
            <tbody>
              {cells.map((cell) => (
                <tr key={cell.name} data-cell={cell.name}>
                  <th scope="row">
                    {cell.name} <span class="muted">{record.key.includes(cell.name) ? 'key, ' : ''}{cell.kind}</span>
                  </th>
                  {before && (
                    <td>
                      <Side cell={cell} image="before" whole={whole.includes(cell.name)} onWhole={() => setWhole([...whole, cell.name])} />
                    </td>
                  )}
                  {after && (
                    <td>
                      <Side cell={cell} image="after" whole={whole.includes(cell.name)} onWhole={() => setWhole([...whole, cell.name])} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Rows({ id, records, open, search }: { id: string; records: FoundRecord[]; open?: string; search: string }) {
  return (
    <div class="table" tabIndex={0} role="group" aria-label="Records">
      <table>
        <caption class="hidden">Records</caption>
        <thead>
          <tr>
            <th scope="col">Offset</th>
            <th scope="col">Time</th>
            <th scope="col">Kind</th>
            <th scope="col">Object</th>
            <th scope="col">Key</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.offset} data-open={String(record.offset) === open || undefined}>
              <th scope="row" class="mono">
                <a href={taskPath(id, 'records', String(record.offset)) + search} aria-current={String(record.offset) === open ? 'true' : undefined}>
                  {record.offset}
                </a>
              </th>
              <td class="nowrap">{time(record.time, { ms: true, offset: false })}</td>
              <td class={`op op-${record.operation}`} data-label="Kind">
                {SIGNS[record.operation] ?? ''} {record.operation}
              </td>
              <td data-label="Object">
                <Breakable text={record.object} />
              </td>
              <td data-label="Key" class="cell">{keyText(record)}</td>
              <td data-label="Change">
                <span class="change cell">{summary(record)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Found {
  records: FoundRecord[];
  lookedAt: number;
  from: number;
  to: number;
  done: boolean;
}

/** The records that arrive, newest first; it holds by itself while somebody reads. */
function Tail({ id, form, openOffset }: { id: string; form: Form; openOffset?: string }) {
  const [rows, setRows] = useState<FoundRecord[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [held, setHeld] = useState(false);
  const [dropped, setDropped] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const hold = useRef(false);
  hold.current = held || openOffset !== undefined;
  const queue = useRef<FoundRecord[]>([]);
  const late = useRef(0);
  useEffect(() => {
    const ending = new AbortController();
    setError(null);
    const read = async () => {
      const answer = await api.tailRecords(id, ending.signal);
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new ApiError(0, 'tail_ended', 'The tail ended: the service was stopped, or the log was cut where it stood.');
        const lines = (rest + value).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          if (!line) continue;
          const record = JSON.parse(line) as FoundRecord;
          if (takes(form, record)) queue.current.push(record);
        }
        // What nobody can read is counted, not kept.
        if (queue.current.length > TAIL_ROWS) late.current += queue.current.splice(0, queue.current.length - TAIL_ROWS).length;
      }
    };
    read().catch((problem) => !ending.signal.aborted && setError(problem));
    const paint = setInterval(() => {
      if (hold.current) {
        setWaiting(queue.current.length + late.current);
        return;
      }
      if (!queue.current.length) return;
      const fresh = queue.current.splice(0).reverse();
      if (late.current) setDropped((n) => n + late.current);
      late.current = 0;
      setRows((before) => [...fresh, ...before].slice(0, TAIL_ROWS));
      setWaiting(0);
    }, 250);
    return () => {
      ending.abort();
      clearInterval(paint);
    };
  }, [id, JSON.stringify(form), round]);
  useEffect(() => {
    const scrolled = () => {
      if (scrollY > 300) setHeld(true);
    };
    const selected = () => {
      const selection = getSelection();
      if (selection && !selection.isCollapsed && list.current?.contains(selection.anchorNode)) setHeld(true);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key === '.' && !(event.target as HTMLElement).closest('input, textarea, select')) setHeld((now) => !now);
    };
    addEventListener('scroll', scrolled);
    document.addEventListener('selectionchange', selected);
    addEventListener('keydown', key);
    return () => {
      removeEventListener('scroll', scrolled);
      document.removeEventListener('selectionchange', selected);
      removeEventListener('keydown', key);
    };
  }, []);
  const search = paramsOf(form, true);
  const isHeld = hold.current;
  return (
    <div class="stack list as-cards" ref={list}>
      <p class="row" role="status">
        {isHeld ? (
          <>
            <Icon name="paused" /> Held.{' '}
            {openOffset === undefined ? (
              <button type="button" onClick={() => (setHeld(false), scrollTo(0, 0))}>
                {waiting ? `${count(waiting)} newer, go on` : 'Go on'}
              </button>
            ) : (
              `${count(waiting)} newer; close the record to go on.`
            )}
          </>
        ) : (
          <>
            <Icon name="running" class="ok-text" /> Live{rows.length ? `, the newest ${count(rows.length)}` : ': waiting for the next change'}.
            <button type="button" onClick={() => setHeld(true)}>
              Hold
            </button>
          </>
        )}
        {dropped > 0 && <span class="muted">{plural(dropped, 'record')} came faster than they can be shown. A narrower filter shows all.</span>}
      </p>
      {error != null && <Failure what="The tail stands" error={error} again={() => setRound(round + 1)} />}
      {rows.length > 0 && <Rows id={id} records={rows} open={openOffset} search={search} />}
    </div>
  );
}

function Results({ id, form, openOffset }: { id: string; form: Form; openOffset?: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [round, setRound] = useState(0);
  const ending = useRef<AbortController | null>(null);
  const isFiltered = form.table || form.key || form.has || form.from || form.to || form.kinds.join() !== KINDS.join();
  /** One search after another, until there is a page of matches, nothing more, or somebody stops it. */
  const run = async (start: Found | null) => {
    ending.current?.abort();
    const own = (ending.current = new AbortController());
    setBusy(true);
    setError(null);
    let now: Found = start ?? { records: [], lookedAt: 0, from: -1, to: -1, done: false };
    const wanted = now.records.length + FIRST;
    try {
      while (!now.done && now.records.length < wanted) {
        const go: Record<string, string> = now.from < 0 ? {} : form.order === 'newest' ? { to: String(now.from) } : { from: String(now.to) };
        const page = await api.searchRecords(id, apiQuery(form, { ...go, limit: String(wanted - now.records.length) }), own.signal);
        now = {
          records: [...now.records, ...page.records],
          lookedAt: now.lookedAt + page.looked_at,
          from: now.from < 0 || form.order === 'newest' ? page.from : now.from,
          to: now.to < 0 || form.order === 'oldest' ? page.to : now.to,
          done: page.done,
        };
        setFound(now);
      }
    } catch (problem) {
      if (!own.signal.aborted) setError(problem);
    }
    if (ending.current === own) setBusy(false);
  };
  useEffect(() => {
    setFound(null);
    void run(null);
    return () => ending.current?.abort();
  }, [id, JSON.stringify(form), round]);
  const search = paramsOf(form, false);
  const wrong = (['from', 'to'] as const).find((name) => border(form[name]) === null);
  if (wrong) return <Empty title={`“${form[wrong]}” is neither a time nor an offset.`}>Write 13:40, 2026-11-22 13:40:00, or an offset.</Empty>;
  return (
    <div class="stack list as-cards">
      <p class="row" role="status">
        {found && (
          <span>
            {!isFiltered && form.order === 'newest' ? `The newest ${count(found.records.length)}.` : `${plural(found.records.length, 'match', 'matches')}.`}{' '}
            <span class="muted">
              Looked at {plural(found.lookedAt, 'record')}
              {found.lookedAt > 0 && `, offsets ${found.from} to ${found.to - 1}`}.
            </span>
          </span>
        )}
        {busy && (
          <button
            type="button"
            onClick={() => {
              ending.current?.abort();
              setBusy(false);
            }}
          >
            Stop
          </button>
        )}
      </p>
      {error != null && <Failure what="The records cannot be shown" error={error} again={() => setRound(round + 1)} />}
      {!found && busy && <Waiting what="Reading records" />}
      {found && found.records.length > 0 && <Rows id={id} records={found.records} open={openOffset} search={search} />}
      {found && !busy && found.records.length === 0 && found.done && (
        <Empty title={isFiltered ? 'No record matches.' : 'No changes yet.'}>
          {isFiltered ? (
            <p>{plural(found.lookedAt, 'record')} were looked at.</p>
          ) : (
            <p>To see one, change any row of a tracked table; the live tail shows it at once.</p>
          )}
          {isFiltered && (
            <a class="button" href={taskPath(id, 'records')}>
              Clear filter
            </a>
          )}
        </Empty>
      )}
      {found && !busy && !found.done && (
        <p>
          <button type="button" onClick={() => run(found)}>
            {form.order === 'newest' ? 'Search further back' : 'Search on'}
          </button>
        </p>
      )}
    </div>
  );
}

export function RecordsPage({ id, offset }: { id: string; offset?: string }) {
  const applied = formOf(query.value);
  const tail = query.value.get('tail') === '1';
  const [form, setForm] = useState<Form>(applied);
  const [hidden, setHidden] = useState(false);
  const [record, setRecord] = useState<FoundRecord | null>(null);
  const [error, setError] = useState<unknown>(null);
  const appliedKey = JSON.stringify(applied);
  useEffect(() => setForm(formOf(query.peek())), [appliedKey]);
  const set = (changes: Partial<Form>) => setForm({ ...form, ...changes });
  const go = (live: boolean) => navigate(taskPath(id, 'records') + paramsOf({ ...form, table: form.table.trim() }, live));
  useEffect(() => {
    setError(null);
    if (offset === undefined) {
      setRecord(null);
      return;
    }
    if (!/^\d{1,15}$/.test(offset)) {
      setError(new ApiError(400, 'invalid', `“${offset}” is no offset.`));
      return;
    }
    const one = new URLSearchParams({ from: offset, to: String(Number(offset) + 1), order: 'oldest', limit: '1' });
    api.searchRecords(id, one).then((page) => {
      const found = page.records.find((other) => other.offset === Number(offset));
      const log = liveTask(id)?.task.peek().log;
      if (found) setRecord(found);
      else setError(new ApiError(404, 'not_found', `The log has no record at offset ${offset}. It holds ${log?.start_offset ?? '–'} to ${(log?.end_offset ?? 0) - 1}.`));
    }, setError);
  }, [id, offset]);
  const close = () => {
    navigate(taskPath(id, 'records') + paramsOf(applied, tail));
    document.querySelector<HTMLElement>(`a[href^="${taskPath(id, 'records', offset ?? '')}"]`)?.focus();
  };
  const kind = (name: string) => (
    <label class="check" key={name}>
      <input type="checkbox" checked={form.kinds.includes(name)} onChange={(event) => set({ kinds: [...KINDS, ...QUIET].filter((other) => (other === name ? event.currentTarget.checked : form.kinds.includes(other))) })} /> {name}
    </label>
  );
  return (
    <div class={`stack${hidden ? ' values-hidden' : ''}${offset === undefined ? '' : ' one-record'}`}>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          go(false);
        }}
      >
        <details class="fold" open={!narrow || applied.table !== '' || applied.key !== '' || applied.has !== ''}>
          <summary>Filter</summary>
          <div class="grid dense">
          <Field label="From" value={form.from} onInput={(from) => set({ from })} placeholder="oldest" hint="13:40, a date and time, or an offset" />
          <Field label="To" value={form.to} onInput={(to) => set({ to })} placeholder="now" />
          <Field label="Table" value={form.table} onInput={(table) => set({ table })} placeholder="all" hint="database.table" spellcheck={false} />
          <Field label="Key" value={form.key} onInput={(key) => set({ key })} placeholder="any" hint="the value of a primary key’s column" />
          <Field label="Column" value={form.column} onInput={(column) => set({ column })} placeholder="any" />
          <Field data-search label="Has" value={form.has} onInput={(has) => set({ has })} hint="a part of a value" />
          </div>
        </details>
        <div class="toolbar">
          <fieldset class="filters grow">
            <legend class="hidden">Kinds</legend>
            {[...KINDS, ...QUIET].map(kind)}
          </fieldset>
          <Select
            label="Order"
            hideLabel
            value={form.order}
            onChange={(order) => set({ order: order as Form['order'] })}
            options={[
              ['newest', 'newest first'],
              ['oldest', 'oldest first'],
            ]}
          />
          <label class="check">
            <input type="checkbox" checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} /> Hide values
          </label>
          <button type="submit" class="main">
            Search
          </button>
          <button type="button" aria-pressed={tail} onClick={() => go(!tail)}>
            Live tail
          </button>
        </div>
      </form>
      <div class={record || error != null ? 'browser open' : 'browser'}>
        {tail ? <Tail id={id} form={applied} openOffset={offset} /> : <Results id={id} form={applied} openOffset={offset} />}
        {record && offset !== undefined && <Detail key={record.offset} id={id} record={record} onClose={close} />}
        {error != null && (
          <div class="stack">
            <Failure error={error} />
            <p>
              <button type="button" onClick={close}>
                Close
              </button>
            </p>
          </div>
        )}
      </div>
    </div>
  );
}
