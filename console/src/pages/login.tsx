// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api';
import { navigate, path, query } from '../route';
import { Banner, Code, Failure, PasswordField, Waiting } from '../ui/parts';

/** Signs in by the admin token; accounts of persons are not part of this service. */
export function SignIn({ inDialog }: { inDialog?: boolean }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (inDialog) return;
    document.title = 'Sign in · Millrace';
    if (path.value !== '/login') {
      const next = location.pathname + location.search;
      navigate(next === '/' ? '/login' : `/login?${new URLSearchParams({ next })}`, { replace: true });
    }
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.login({ token: token.trim() });
      if (inDialog) return;
      const next = query.value.get('next') ?? '/';
      navigate(next.startsWith('/') && !next.startsWith('//') ? next : '/', { replace: true });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const form = (
    <form class="stack" onSubmit={submit}>
      <PasswordField
        label="Admin token"
        value={token}
        onInput={setToken}
        autocomplete="current-password"
        autofocus={!inDialog}
        hint={
          <>
            The line in the file <code>admin.token</code> of the data folder, on the service's machine.
          </>
        }
      />
      {error != null && <Failure error={error} />}
      <div class="acts end">
        <button type="submit" class="main" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </div>
    </form>
  );
  if (inDialog) return form;
  return (
    <main class="center">
      <h1>Sign in to Millrace</h1>
      <div class="panel">{form}</div>
      <details>
        <summary>Where the token is</summary>
        <p>With the data folder that serve was given or names in its first lines:</p>
        <Code label="command" text="cat ~/.local/share/millrace/admin.token" />
        <p>As root it is /var/lib/millrace. At a service's first start the terminal also prints a link that signs in once.</p>
      </details>
    </main>
  );
}

/** The link of the first start: it stands after "#", so that it is sent to nobody, and is taken out of the address at once. */
export function Welcome() {
  const [error, setError] = useState<unknown>(null);
  const used = useRef(false);
  useEffect(() => {
    document.title = 'Welcome · Millrace';
    if (used.current) return;
    used.current = true;
    const link = location.hash.slice(1);
    history.replaceState(null, '', '/welcome');
    if (!link) navigate('/login', { replace: true });
    else {
      api
        .login({ link })
        .then(() => navigate('/', { replace: true }))
        .catch(setError);
    }
  }, []);
  return (
    <main class="center">
      <h1>Welcome to Millrace</h1>
      {error == null ? (
        <Waiting what="Signing in" />
      ) : (
        <>
          <Failure error={error} />
          <Banner tone="info">
            <p>
              The admin token always signs in: <a href="/login">sign in with the token</a>.
            </p>
          </Banner>
        </>
      )}
    </main>
  );
}
