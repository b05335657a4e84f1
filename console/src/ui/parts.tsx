// SPDX-License-Identifier: Apache-2.0
// Small parts that every page is made of.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { time } from '../settings';
import type { StateWords, Tone } from '../states';
import { Icon } from './icons';

/** The page's one heading: takes the focus after a navigation and names the window. */
export function PageTitle({ title, children, windowTitle }: { title: ComponentChildren; windowTitle: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${windowTitle} · Millrace`;
  }, [windowTitle]);
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement === null) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header class="page-head">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <div class="acts">{children}</div>
    </header>
  );
}

export function StateBadge({ state }: { state: StateWords }) {
  return (
    <span class={`state ${state.tone}${state.icon === 'failed' ? ' filled' : ''}`}>
      <Icon name={state.icon} class={state.icon === 'waiting' ? 'turning' : ''} />
      {state.word}
    </span>
  );
}

export function Banner({ tone, title, children }: { tone: Tone; title?: ComponentChildren; children?: ComponentChildren }) {
  const icon = tone === 'bad' ? 'failed' : tone === 'warn' ? 'warning' : tone === 'ok' ? 'passed' : 'info';
  return (
    <div class={`banner ${tone}`}>
      <Icon name={icon} />
      <div>
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** What went wrong, with all of it to copy and a way to try again. */
export function Failure({ what, error, again }: { what?: string; error: unknown; again?: () => void }) {
  const known = error instanceof ApiError ? error : new ApiError(0, 'console', (error as Error)?.message || 'The console failed here.');
  return (
    <div role="alert">
      <Banner tone="bad" title={what}>
        <p class="wrap">{known.message}</p>
        <p class="row">
          {again && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
          <Copy text={known.report} label="Copy report" />
          <span class="muted">
            {known.code}, {time(known.at.toISOString())}
          </span>
        </p>
      </Banner>
    </div>
  );
}

/** Copies a whole value and says so in its place; where the clipboard is closed to us it selects the text. */
export function Copy({ text, label = 'Copy', what = '' }: { text: string; label?: string; what?: string }) {
  const [said, setSaid] = useState('');
  const selected = useRef<HTMLTextAreaElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      selected.current?.select();
      setSaid(document.execCommand('copy') ? 'Copied' : 'Selected: press Ctrl+C');
    }
  };
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(''), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <span class="copy">
      <button type="button" class="small" onClick={copy} aria-label={what ? `${label} ${what}` : undefined}>
        {said || label}
      </button>
      <span class="hidden" role="status">
        {said}
      </span>
      <textarea ref={selected} class="offscreen" readOnly value={text} tabIndex={-1} aria-hidden="true" />
    </span>
  );
}

/** Commands and statements: their own scrolling box, whole when copied. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
      <Copy text={text} what={label} />
    </div>
  );
}

/** A name that may be broken after its points and underscores, nowhere else. */
export function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?<=[._])/).map((part, i) => (
        <>
          {i > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}

/** A value that fits on a line, with its copy button. */
export function Value({ text, what }: { text: string; what: string }) {
  return (
    <span class="value">
      <code>{text}</code> <Copy text={text} what={what} />
    </span>
  );
}

export function Empty({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}

interface FieldProps {
  id?: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string;
  type?: 'text' | 'password';
  placeholder?: string;
  autocomplete?: string;
  autocapitalize?: 'off';
  autofocus?: boolean;
  spellcheck?: boolean;
  inputMode?: 'numeric' | 'decimal';
  maxLength?: number;
  'data-search'?: boolean;
}

export function Field({ label, value, onInput, hint, error, id, type = 'text', ...rest }: FieldProps) {
  const own = useId();
  const name = id ?? own;
  const described = [error ? `${name}-error` : '', hint ? `${name}-hint` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {error && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      <input
        {...rest}
        type={type as 'text'}
        id={name}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function PasswordField(props: Omit<FieldProps, 'type'>) {
  const [shown, setShown] = useState(false);
  return (
    <div class="with-show">
      <Field autocomplete="new-password" spellcheck={false} {...props} type={shown ? 'text' : 'password'} />
      <button type="button" class="small" aria-pressed={shown} aria-label={`Show ${props.label.toLowerCase()}`} onClick={() => setShown(!shown)}>
        {shown ? 'Hide' : 'Show'}
      </button>
    </div>
  );
}

interface Choice<T extends string> {
  value: T;
  label: ComponentChildren;
  hint?: string;
}

export function Choices<T extends string>({ legend, value, onChange, choices, row }: { legend: string; value: T; onChange: (value: T) => void; choices: Choice<T>[]; row?: boolean }) {
  const name = useId();
  return (
    <fieldset class={row ? 'choices in-row' : 'choices'}>
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onChange(choice.value)} /> <span>{choice.label}</span>
          {choice.hint && <span class="hint"> {choice.hint}</span>}
        </label>
      ))}
    </fieldset>
  );
}

export function Select({ label, value, onChange, options, hideLabel }: { label: string; value: string; onChange: (value: string) => void; options: [string, string][]; hideLabel?: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'hidden' : ''}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What a refused form has wrong, with links to the fields; takes the focus. */
export function ErrorSummary({ errors }: { errors: { field: string; text: string }[] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!errors.length) return undefined;
    box.current?.focus();
    const title = document.title;
    document.title = `Error: ${title.replace(/^Error: /, '')}`;
    return () => {
      document.title = title.replace(/^Error: /, '');
    };
  }, [errors]);
  if (!errors.length) return null;
  return (
    <div class="banner bad" ref={box} tabIndex={-1} role="alert">
      <Icon name="failed" />
      <div>
        <strong>{errors.length === 1 ? 'One entry needs a change' : `${errors.length} entries need a change`}</strong>
        <ul>
          {errors.map((error) => (
            <li key={error.field}>
              <a href={`#${error.field}`}>{error.text}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** A dialog in the top layer; Esc closes, the focus goes back to what opened it. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const dialog = box.current!;
    dialog.showModal();
    return () => {
      dialog.close();
      opener?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks once: the body says what will happen, the safe answer has the focus, the other repeats the verb. */
export function Confirm({
  title,
  act,
  doing,
  keep = 'Keep',
  typed,
  run,
  onClose,
  danger,
  children,
}: {
  title: string;
  act: string;
  doing: string;
  keep?: string;
  typed?: string;
  run: () => Promise<unknown>;
  onClose: () => void;
  danger?: boolean;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useState('');
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  const ready = !typed || text.trim() === typed;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    try {
      if ((await run()) !== 'stay') onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        {typed && <Field label={`Type ${typed}`} value={text} onInput={setText} autocomplete="off" />}
        {error != null && <Failure error={error} />}
        <div class="acts end">
          <button type="button" ref={safe} onClick={onClose}>
            {keep}
          </button>
          <button type="submit" class={danger ? 'danger' : 'main'} aria-disabled={!ready || busy}>
            {busy ? doing : act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A wait is named after a second, not before. */
export function Waiting({ what }: { what: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="waiting" role="status">
      {shown && (
        <>
          <Icon name="waiting" class="turning" /> {what}
        </>
      )}
    </p>
  );
}

export function ShowCommand({ text }: { text: string }) {
  return (
    <details class="as-command">
      <summary>Show as command</summary>
      <Code text={text} label="command" />
    </details>
  );
}
