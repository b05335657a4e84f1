// SPDX-License-Identifier: Apache-2.0
// Moving a group's position: first where to, then what will happen, then once more.
import { useState } from 'preact/hooks';
import { api, type Group, type ResetResult, type Task } from '../api';
import { keyText } from '../cells';
import { time, zone, zoneChoice } from '../settings';
import { word } from '../shell';
import { Icon } from '../ui/icons';
import { Banner, Choices, Dialog, Failure, Field, ShowCommand } from '../ui/parts';
import { count, parseTime, plural } from '../units';

type To = 'earliest' | 'latest' | 'time' | 'offset';

export function ResetPosition({ group, task, onClose }: { group: Group; task: Task; onClose: () => void }) {
  const [to, setTo] = useState<To | ''>('');
  const [at, setAt] = useState('');
  const [wrong, setWrong] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [plan, setPlan] = useState<{ to: string; result: ResetResult } | null>(null);
  const clients = group.clients;
  const place = to === 'time' ? parseTime(at, zone()) : to === 'offset' ? (/^\d{1,18}$/.test(at.trim()) ? at.trim() : null) : to;
  const preview = async (event: Event) => {
    event.preventDefault();
    setError(null);
    const problem = to === '' ? 'Choose where the group is to go on.' : place ? '' : to === 'time' ? 'This is not a time: write 13:00, or 2026-11-22 13:00:00.' : 'An offset is a whole number.';
    setWrong(problem);
    if (problem || busy) return;
    setBusy(true);
    try {
      setPlan({ to: place!, result: await api.resetGroup(group.id, place!, true) });
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  };
  const reset = async () => {
    if (clients.length || busy) return;
    setBusy(true);
    setError(null);
    try {
      await api.resetGroup(group.id, plan!.to, false);
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  const connected =
    clients.length > 0 ? (
      <Banner tone="warn">
        <p role="status">
          {plural(clients.length, 'connection')} of the group {clients.length === 1 ? 'is' : 'are'} open: {clients.map((client) => `${client.peer} ${client.client_id}`).join(', ')}. Stop the client first; this
          dialog notices.
        </p>
      </Banner>
    ) : null;
  if (plan) {
    const { result } = plan;
    return (
      <Dialog title={`What will happen to ${group.name}`} onClose={onClose}>
        <div class="stack">
          {connected}
          <div class="table">
            <table>
              <caption class="hidden">The position now and after</caption>
              <thead>
                <tr>
                  <td />
                  <th scope="col">Now</th>
                  <th scope="col">After</th>
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">Offset</th>
                  <td class="mono">{result.now ?? 'No position yet'}</td>
                  <td class="mono">{result.offset}</td>
                </tr>
                <tr>
                  <th scope="row">Time</th>
                  <td>{time(group.position?.read_to)}</td>
                  <td>{result.time ? time(result.time, { ms: true }) : 'the next record'}</td>
                </tr>
              </tbody>
            </table>
          </div>
          {result.past_end && <p>No record is that new; the group would begin with the next one.</p>}
          <p>
            {result.now === null ? 'The group has no position yet.' : `${plural(result.read_again, 'record')} ${result.read_again === 1 ? 'is' : 'are'} read again, ${count(result.skipped)} skipped.`}{' '}
            {result.first && `First: ${result.first.operation} ${result.first.object} ${keyText(result.first)}`}
          </p>
          {error != null && <Failure error={error} />}
          <ShowCommand text={`millrace group reset ${word(group.id)} --to ${word(plan.to)}`} />
          <div class="acts end">
            {clients.length > 0 && (
              <span class="row muted">
                <Icon name="waiting" class="turning" /> waiting for the client to go
              </span>
            )}
            <button type="button" onClick={() => setPlan(null)}>
              Back
            </button>
            <button type="button" class="main" aria-disabled={clients.length > 0 || busy} onClick={reset}>
              {busy ? 'Resetting…' : 'Reset position'}
            </button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Reset position of ${group.name}`} onClose={onClose}>
      <form onSubmit={preview} noValidate>
        {connected}
        <Choices<To | ''>
          legend="Go on"
          value={to}
          onChange={(value) => {
            setTo(value);
            setAt('');
            setWrong('');
          }}
          choices={[
            { value: 'earliest', label: 'at the earliest record', hint: `offset ${task.log?.start_offset ?? '–'}` },
            { value: 'latest', label: 'at the end of the log', hint: `offset ${task.log?.end_offset ?? '–'}` },
            { value: 'time', label: 'at a time' },
            { value: 'offset', label: 'at an offset' },
          ]}
        />
        {(to === 'time' || to === 'offset') && (
          <Field
            label={to === 'time' ? `Time, in ${zoneChoice.value === 'utc' ? 'UTC' : zone().name}` : 'Offset'}
            value={at}
            onInput={setAt}
            error={wrong}
            hint={to === 'time' && place ? `${place.replace('.000Z', 'Z')} in UTC` : to === 'time' ? 'such as 13:00, or 2026-11-22 13:00:00' : 'as the record browser shows them'}
          />
        )}
        {wrong && to === '' && (
          <p class="bad-text" role="alert">
            {wrong}
          </p>
        )}
        <p class="hint">Checkpoints that a client keeps itself (Flink, the DTS SDK) stay as they are.</p>
        {error != null && <Failure error={error} />}
        <div class="acts end">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="main" aria-disabled={busy}>
            {busy ? 'Looking…' : 'Preview'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
