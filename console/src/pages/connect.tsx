// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { api, type Group, type Service } from '../api';
import { liveTask } from '../live';
import { query, setQuery, taskPath } from '../route';
import { snippets } from '../snippets';
import { Icon } from '../ui/icons';
import { Banner, Code, Empty, Failure, Select, Value, Waiting } from '../ui/parts';
import { count, plural } from '../units';
import { useGroups } from './groups';

function Clients({ group }: { group: Group }) {
  if (group.clients.length === 0) {
    return (
      <p class="row" role="status">
        <Icon name="waiting" class="turning" /> {group.position ? 'No client of this group is connected now.' : 'Waiting for this group’s first client.'}
      </p>
    );
  }
  const first = group.clients[0]!;
  return (
    <p class="row ok-text" role="status">
      <Icon name="passed" /> {first.peer} {first.software || first.client_id} is connected
      {group.clients.length > 1 ? `, with ${plural(group.clients.length - 1, 'other connection')}` : ''}
      {group.position ? `; its group has read up to offset ${group.position.offset}, ${count(group.lag?.records ?? 0)} to go.` : '.'}
    </p>
  );
}

export function ConnectPage({ id }: { id: string }) {
  const [service, setService] = useState<Service | null>(null);
  const [error, setError] = useState<unknown>(null);
  const groups = useGroups(id);
  const load = () => {
    setError(null);
    api.service().then(setService, setError);
  };
  useEffect(load, []);
  const live = liveTask(id);
  if (!live) return null;
  if (error != null || groups.error != null) return <Failure what="The listeners cannot be shown" error={error ?? groups.error} again={load} />;
  if (!service || !groups.list) return <Waiting what="Loading listeners and groups" />;
  if (groups.list.length === 0) {
    return (
      <Empty title="A client reads as a group, and this task has none yet.">
        <a class="button main" href={taskPath(id, 'groups')}>
          Go to groups
        </a>
      </Empty>
    );
  }
  const group = groups.list.find((other) => other.id === query.value.get('group')) ?? groups.list[0]!;
  const listener = service.listeners.find((other) => other.name === query.value.get('listener')) ?? service.listeners[0];
  if (!listener) return <Empty title="The service has no Kafka listener." />;
  const schema = `${location.origin}/api/v1/formats/dts-avro`;
  const all = snippets({ bootstrap: listener.address, security: listener.security, topic: group.topic, group: group.id, user: group.user, schema });
  const language = query.value.get('language') ?? all[0]!.language;
  const snippet = all.find((other) => other.language === language) ?? all[0]!;
  return (
    <>
      <section class="panel" aria-labelledby="connect">
        <h2 id="connect">Connect a client</h2>
        <div class="grid">
          <Select label="Listener" value={listener.name} onChange={(value) => setQuery({ listener: value })} options={service.listeners.map((l): [string, string] => [l.name, `${l.name} ${l.address} ${l.security}`])} />
          <Select label="Group" value={group.id} onChange={(value) => setQuery({ group: value })} options={groups.list.map((g): [string, string] => [g.id, g.name])} />
        </div>
        <div class="row" role="group" aria-label="Language">
          {all.map((other) => (
            <button key={other.language} type="button" aria-pressed={other === snippet} onClick={() => setQuery({ language: other.language })}>
              {other.language}
            </button>
          ))}
        </div>
        <p class="hint">{snippet.needs}</p>
        <Code text={snippet.text} label={`${snippet.language} program`} />
        <p class="hint">The password was shown once, when the group was made; put it in MILLRACE_PASSWORD. Lost, it can be replaced on the group’s page.</p>
        <Clients group={group} />
      </section>
      {listener.security === 'SASL_PLAINTEXT' && !/^(127\.|\[::1\]|localhost)/.test(listener.address) && (
        <Banner tone="warn">
          <p>This listener is not encrypted: passwords and records can be read on the way.</p>
        </Banner>
      )}
      <section class="panel" aria-labelledby="values">
        <h2 id="values">Each value</h2>
        <dl class="facts">
          {(
            [
              ['bootstrap.servers', listener.address],
              ['topic', group.topic],
              ['group.id', group.id],
              ['user', group.user],
              ['security.protocol', listener.security],
              ['sasl.mechanism', 'PLAIN'],
              ['Avro schema', schema],
            ] as const
          ).map(([name, text]) => (
            <>
              <dt>{name}</dt>
              <dd>
                <Value what={name} text={text} />
              </dd>
            </>
          ))}
        </dl>
        <p class="hint">Clients are told the address {listener.address}. One that logs in and then vanishes cannot reach it.</p>
      </section>
    </>
  );
}
