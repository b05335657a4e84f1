// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { api, session, type Service } from '../api';
import { tasks } from '../live';
import { taskPath } from '../route';
import { time } from '../settings';
import { Banner, Failure, PageTitle, Value, Waiting } from '../ui/parts';
import { bytes } from '../units';

export function SettingsPage() {
  const [service, setService] = useState<Service | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    api.service().then(setService, setError);
  };
  useEffect(load, []);
  const open = (service?.listeners ?? []).filter((listener) => listener.security === 'SASL_PLAINTEXT' && !/^(127\.|\[::1\]|localhost)/.test(listener.address));
  const largest = [...tasks.value].sort((a, b) => (b.log?.bytes ?? 0) - (a.log?.bytes ?? 0));
  return (
    <>
      <PageTitle title="Settings" windowTitle="Settings" />
      <p class="lead">How this service is set up. Listeners and limits are changed in its file, millrace.toml, and hold from the next start.</p>
      {error != null && <Failure what="The settings cannot be shown" error={error} again={load} />}
      {!service && error == null && <Waiting what="Loading the settings" />}
      {service && (
        <>
          <section class="panel as-cards" aria-labelledby="listeners">
            <h2 id="listeners">Kafka listeners</h2>
            {open.length > 0 && (
              <Banner tone="warn">
                <p>{open.map((listener) => listener.name).join(', ')}: not encrypted. Passwords and records can be read on the way.</p>
              </Banner>
            )}
            <div class="table" tabIndex={0} role="group" aria-labelledby="listeners">
              <table>
                <caption class="hidden">Kafka listeners</caption>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Address that clients are told</th>
                    <th scope="col">Security</th>
                  </tr>
                </thead>
                <tbody>
                  {service.listeners.map((listener) => (
                    <tr key={listener.name}>
                      <th scope="row">{listener.name}</th>
                      <td data-label="Address">
                        <Value what="address" text={listener.address} />
                      </td>
                      <td data-label="Security">{listener.security}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          {largest.length > 0 && (
            <section class="panel as-cards" aria-labelledby="storage">
              <h2 id="storage">Storage</h2>
              <p>{bytes(largest.reduce((sum, task) => sum + (task.log?.bytes ?? 0), 0))} of records in all.</p>
              <div class="table" tabIndex={0} role="group" aria-labelledby="storage">
                <table>
                  <caption class="hidden">Size of each task’s log</caption>
                  <thead>
                    <tr>
                      <th scope="col">Task</th>
                      <th scope="col" class="num">
                        Log
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {largest.map((task) => (
                      <tr key={task.id}>
                        <th scope="row">
                          <a href={taskPath(task.id)}>{task.name}</a>
                        </th>
                        <td class="num">{task.log ? bytes(task.log.bytes ?? 0) : '–'}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          )}
          <section class="panel" aria-labelledby="about">
            <h2 id="about">About</h2>
            <dl class="facts">
              <dt>Version</dt>
              <dd>{service.version}</dd>
              <dt>Running since</dt>
              <dd>{time(service.started)}</dd>
              <dt>Cluster ID</dt>
              <dd>
                <Value what="cluster ID" text={service.cluster_id} />
              </dd>
              <dt>Signed in as</dt>
              <dd>
                {session.value?.who}, until {time(session.value?.expires)}
              </dd>
              <dt>For programs</dt>
              <dd class="row">
                <a href="/api/v1/openapi.json">OpenAPI document</a>
                <a href="/metrics">Metrics</a>
                <a href="/readyz">Readiness</a>
              </dd>
              <dt>Licence</dt>
              <dd>Apache-2.0; in the console Preact, MIT</dd>
            </dl>
          </section>
        </>
      )}
    </>
  );
}
