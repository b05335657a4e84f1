// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { api, type AuditEntry } from '../api';
import { liveTask } from '../live';
import { query, setQuery, taskPath } from '../route';
import { time } from '../settings';
import { Empty, Failure, PageTitle, Select, Waiting } from '../ui/parts';
import { plural } from '../units';

const MOST = 1000;

export function AuditPage() {
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    api.audit(MOST).then((answer) => setEntries(answer.entries), setError);
  };
  useEffect(load, []);
  const what = query.value.get('what') ?? '';
  const text = (query.value.get('q') ?? '').toLowerCase();
  const kinds = [...new Set((entries ?? []).map((entry) => entry.what))].sort();
  const shown = (entries ?? []).filter((entry) => (!what || entry.what === what) && (!text || `${entry.who} ${entry.object} ${entry.detail}`.toLowerCase().includes(text)));
  return (
    <>
      <PageTitle title="Audit" windowTitle="Audit">
        <button type="button" onClick={load}>
          Refresh
        </button>
      </PageTitle>
      <p class="lead">Who did what{entries ? `: the newest ${plural(entries.length, 'entry', 'entries')}` : ''}.</p>
      {error != null && <Failure what="The audit cannot be shown" error={error} again={load} />}
      {entries === null && error == null && <Waiting what="Loading the audit" />}
      {entries && entries.length === 0 && <Empty title="Nothing recorded yet." />}
      {entries && entries.length > 0 && (
        <section class="stack as-cards">
          <div class="toolbar">
            <div class="field grow">
              <label for="audit-search">Who, on what, or a word of the details</label>
              <input id="audit-search" data-search type="search" value={query.value.get('q') ?? ''} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
            </div>
            <Select label="What" value={what} onChange={(value) => setQuery({ what: value })} options={[['', 'all'], ...kinds.map((kind): [string, string] => [kind, kind])]} />
          </div>
          {shown.length === 0 ? (
            <Empty title="No entry matches.">
              <button type="button" onClick={() => setQuery({ q: '', what: '' })}>
                Clear filter
              </button>
            </Empty>
          ) : (
            <div class="table" tabIndex={0} role="group" aria-label="Audit">
              <table>
                <caption class="hidden">Audit</caption>
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">On</th>
                    <th scope="col">Details</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((entry) => (
                    <tr key={entry.id}>
                      <th scope="row" class="nowrap">
                        {time(entry.time)}
                      </th>
                      <td>{entry.who}</td>
                      <td data-label="What">{entry.what}</td>
                      <td data-label="On">{liveTask(entry.object) ? <a href={taskPath(entry.object)}>{liveTask(entry.object)!.task.value.name}</a> : <code>{entry.object}</code>}</td>
                      <td data-label="Details">
                        {entry.detail.length > 120 ? (
                          <details>
                            <summary>{entry.detail.slice(0, 80)}…</summary>
                            <code>{entry.detail}</code>
                          </details>
                        ) : (
                          <code>{entry.detail}</code>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
    </>
  );
}
