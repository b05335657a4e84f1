// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes, durations and times as the console prints them.

const GROUPED = new Intl.NumberFormat('en-US');

/** "1,240" */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** "3 tables", "1 table" */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "18.2 GiB"; whole bytes below 1 KiB */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  // 1023.96 KiB would print as 1024.0 KiB.
  if (unit > 0 && Math.round(rest * 10) / 10 >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${rest < 100 ? rest.toFixed(1) : Math.round(rest)} ${units[unit]}`;
}

/** "0.4 s", "12 s", "3 min 20 s", "3 h 12 min", "2 d 4 h" */
export function duration(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 9950) {
    const tenths = Math.round(ms / 100) / 10;
    return tenths === 0 ? '0 s' : `${tenths.toFixed(1)} s`;
  }
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.floor(minutes / 60);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** The same for screen readers: "3 minutes 20 seconds" */
export function spokenDuration(ms: number): string {
  const words: Record<string, string> = { s: 'second', min: 'minute', h: 'hour', d: 'day' };
  return duration(ms).replace(/([\d.]+) (min|s|h|d)/g, (_, n: string, unit: string) => `${n} ${words[unit]}${n === '1' ? '' : 's'}`);
}

export interface Zone {
  /** An IANA name, or "UTC". */
  name: string;
}

function parts(time: Date, zone: Zone) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone.name,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(time).map((part) => [part.type, part.value]));
}

/** "+01:00" of that zone at that moment */
export function offsetOf(time: Date, zone: Zone): string {
  const p = parts(time, zone);
  const local = Date.UTC(+p.year!, +p.month! - 1, +p.day!, +p.hour!, +p.minute!, +p.second!);
  const minutes = Math.round((local - Math.floor(time.getTime() / 1000) * 1000) / 60000);
  const size = Math.abs(minutes);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** "14:03:07 +01:00" today, "2026-11-22 14:03:07 +01:00" otherwise; with `ms`, ".120" */
export function time(at: Date, zone: Zone, options: { now?: Date; ms?: boolean; offset?: boolean } = {}): string {
  const { now = new Date(), ms = false, offset = true } = options;
  const p = parts(at, zone);
  const today = parts(now, zone);
  const same = p.year === today.year && p.month === today.month && p.day === today.day;
  const date = same ? '' : `${p.year}-${p.month}-${p.day} `;
  const fraction = ms ? `.${String(at.getMilliseconds()).padStart(3, '0')}` : '';
  return `${date}${p.hour}:${p.minute}:${p.second}${fraction}${offset ? ` ${offsetOf(at, zone)}` : ''}`;
}

/**
 * What a person typed as a time in a zone, as RFC 3339 in UTC: "13:00", "13:00:05", "2026-11-22 13:00:00", or RFC 3339 itself.
 * Null when it is none of these. An hour that a clock change doubles is the first of the two; one that it skips is counted on from before the
 * change.
 */
export function parseTime(text: string, zone: Zone, now = new Date()): string | null {
  const wanted = text.trim();
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/i.test(wanted)) {
    const at = new Date(wanted);
    return Number.isNaN(at.getTime()) ? null : at.toISOString();
  }
  const match = /^(?:(\d{4})-(\d\d)-(\d\d)[ T])?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(wanted);
  if (!match) return null;
  const today = parts(now, zone);
  const [, year = today.year, month = today.month, day = today.day, hour, minute, second = '0', fraction = '0'] = match;
  if (+hour! > 23 || +minute! > 59 || +second > 59) return null;
  const local = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second, +fraction.padEnd(3, '0'));
  if (new Date(local).getUTCDate() !== +day!) return null;
  const shift = (at: number) => {
    const o = offsetOf(new Date(at), zone);
    return (o.startsWith('-') ? -1 : 1) * (+o.slice(1, 3) * 60 + +o.slice(4, 6)) * 60000;
  };
  // The offset before the local time and the one after it: they differ around a clock change.
  const before = local - shift(local - 24 * 3600000);
  const after = local - shift(local);
  const isReal = shift(before) !== local - before && shift(after) === local - after;
  return new Date(isReal ? after : before).toISOString();
}
