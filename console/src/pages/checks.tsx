// SPDX-License-Identifier: Apache-2.0
// The items of a precheck: what was found, why it matters, what to paste.
import type { ComponentChildren } from 'preact';
import type { PrecheckItem } from '../api';
import { Icon } from '../ui/icons';
import { Code } from '../ui/parts';
import { plural } from '../units';

const ICONS = { pass: 'passed', skip: 'info', info: 'info', warn: 'warning', fail: 'failed' } as const;
const TONES = { pass: 'ok-text', skip: 'muted', info: 'muted', warn: 'warn-text', fail: 'bad-text' } as const;
const WORDS = { pass: 'passed', skip: 'not looked at', info: 'worth knowing', warn: 'warning', fail: 'needs a change' } as const;
const RANK = { fail: 0, warn: 1, info: 2, skip: 3, pass: 4 } as const;

export function CheckItem({ item, children }: { item: PrecheckItem; children?: ComponentChildren }) {
  return (
    <li data-check={item.id} data-level={item.level}>
      <Icon name={ICONS[item.level]} class={TONES[item.level]} />
      <div>
        <span>
          <strong>{item.title}</strong> {item.source && <span class="muted">{item.source}</span>} <span class={TONES[item.level]}>{WORDS[item.level]}</span>
        </span>
        <span class="wrap">{item.evidence}</span>
        {item.level !== 'pass' && item.why && <span class="muted wrap">{item.why}</span>}
        {item.level !== 'pass' && item.fix && <Code text={item.fix} label={`fix for ${item.title}`} />}
        {children}
      </div>
    </li>
  );
}

/** Failed first, then warnings; what passed is folded. */
export function CheckList({ items, extra }: { items: PrecheckItem[]; extra?: (item: PrecheckItem) => ComponentChildren }) {
  const sorted = [...items].sort((a, b) => RANK[a.level] - RANK[b.level]);
  const open = sorted.filter((item) => item.level === 'fail' || item.level === 'warn');
  const folded = sorted.filter((item) => item.level !== 'fail' && item.level !== 'warn');
  const skipped = folded.filter((item) => item.level === 'skip').length;
  return (
    <>
      {open.length > 0 && (
        <ul class="checks">
          {open.map((item) => (
            <CheckItem key={`${item.source} ${item.id}`} item={item}>
              {extra?.(item)}
            </CheckItem>
          ))}
        </ul>
      )}
      {folded.length > 0 && (
        <details open={open.length === 0 && items.length < 4}>
          <summary>
            {plural(folded.length - skipped, 'check')} passed{skipped > 0 && `, ${skipped} not looked at`}
          </summary>
          <ul class="checks">
            {folded.map((item) => (
              <CheckItem key={`${item.source} ${item.id}`} item={item} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

export function reportText(items: PrecheckItem[]): string {
  return items
    .map((item) => [`${item.level.toUpperCase().padEnd(4)}  ${item.source ? `${item.source}  ` : ''}${item.title}: ${item.evidence}`, item.level === 'pass' ? '' : item.why && `      ${item.why}`, item.level === 'pass' ? '' : item.fix && item.fix.replace(/^/gm, '        ')].filter(Boolean).join('\n'))
    .join('\n');
}
