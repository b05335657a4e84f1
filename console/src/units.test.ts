// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { bytes, count, duration, offsetOf, parseTime, plural, spokenDuration, time } from './units';

const BERLIN = { name: 'Europe/Berlin' };
const UTC = { name: 'UTC' };

test('counts are grouped', () => {
  expect(count(0)).toBe('0');
  expect(count(41882107)).toBe('41,882,107');
  expect(plural(1, 'table')).toBe('1 table');
  expect(plural(1204, 'table')).toBe('1,204 tables');
});

test('sizes are binary', () => {
  expect([0, 1023, 1024, 317 * 1024, 19541966848, 1048575].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '317 KiB', '18.2 GiB', '1.0 MiB']);
});

describe('durations', () => {
  test('have one or two units', () => {
    const said: [number, string][] = [
      [-5, '0 s'], [0, '0 s'], [40, '0 s'], [400, '0.4 s'], [9949, '9.9 s'], [9950, '10 s'], [12400, '12 s'], [59600, '1 min'],
      [200000, '3 min 20 s'], [3600000, '1 h'], [11520000, '3 h 12 min'], [86399000, '23 h 59 min'], [187200000, '2 d 4 h'],
    ];
    for (const [ms, text] of said) expect(duration(ms), String(ms)).toBe(text);
  });
  test('are spelled out for screen readers', () => {
    expect(spokenDuration(200000)).toBe('3 minutes 20 seconds');
    expect(spokenDuration(3660000)).toBe('1 hour 1 minute');
    expect(spokenDuration(400)).toBe('0.4 seconds');
  });
});

describe('times', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  test('say their zone, and their day unless it is today', () => {
    expect(time(new Date('2026-11-24T13:03:07.120Z'), BERLIN, { now })).toBe('14:03:07 +01:00');
    expect(time(new Date('2026-11-24T13:03:07.120Z'), BERLIN, { now, ms: true, offset: false })).toBe('14:03:07.120');
    expect(time(new Date('2026-11-22T13:03:07Z'), UTC, { now })).toBe('2026-11-22 13:03:07 +00:00');
    // Today in Berlin is yesterday in UTC.
    expect(time(new Date('2026-11-23T23:30:00Z'), BERLIN, { now })).toBe('00:30:00 +01:00');
  });
  test('offsets follow the clock changes, west and half hours too', () => {
    expect(offsetOf(new Date('2026-07-01T00:00:00Z'), BERLIN)).toBe('+02:00');
    expect(offsetOf(new Date('2026-01-01T00:00:00Z'), { name: 'America/St_Johns' })).toBe('-03:30');
  });
  test('are read in their zone', () => {
    expect(parseTime('13:00', BERLIN, now)).toBe('2026-11-24T12:00:00.000Z');
    expect(parseTime(' 2026-07-01 13:00:05.5 ', BERLIN, now)).toBe('2026-07-01T11:00:05.500Z');
    expect(parseTime('2026-07-01T13:00:05+05:00', BERLIN, now)).toBe('2026-07-01T08:00:05.000Z');
    for (const wrong of ['', 'soon', '25:00', '12:60', '2026-02-30 10:00', '2026-13-01T00:00:00Z']) expect(parseTime(wrong, BERLIN, now), wrong).toBeNull();
  });
  test('around a clock change', () => {
    expect(parseTime('2026-10-25 02:30', BERLIN)).toBe('2026-10-25T00:30:00.000Z'); // twice: the first
    expect(parseTime('2026-10-25 03:30', BERLIN)).toBe('2026-10-25T02:30:00.000Z');
    expect(parseTime('2026-03-29 02:30', BERLIN)).toBe('2026-03-29T01:30:00.000Z'); // never: 03:30 it is
    expect(parseTime('2026-03-29 03:30', BERLIN)).toBe('2026-03-29T01:30:00.000Z');
  });
});
