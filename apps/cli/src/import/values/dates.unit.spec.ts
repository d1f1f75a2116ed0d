import { describe, expect, it } from '@jest/globals';
import { toDay, toInstant } from './dates.js';

const format = (formats: string | readonly string[], zone = 'UTC', ambiguous: 'earlier' | 'later' = 'earlier') => ({
  formats: [formats].flat(),
  zone,
  ambiguous,
});

describe('a date in a file', () => {
  it('is the first instant of the day in its zone', () => {
    expect(toInstant('19970101', format('yyyyMMdd'))).toBe('1997-01-01T00:00:00.000Z');
    expect(toInstant('2018-07-01', format('yyyy-MM-dd', 'America/Sao_Paulo'))).toBe('2018-07-01T03:00:00.000Z');
  });

  it('keeps the offset that it says itself', () => {
    expect(toInstant('2012-10-09T14:50:17+02:00', format('iso', 'America/New_York'))).toBe('2012-10-09T12:50:17.000Z');
  });

  it('follows the summer time of the zone', () => {
    expect(toInstant('2024-01-15 12:00:00', format('yyyy-MM-dd HH:mm:ss', 'Europe/Rome'))).toBe('2024-01-15T11:00:00.000Z');
    expect(toInstant('2024-07-15 12:00:00', format('yyyy-MM-dd HH:mm:ss', 'Europe/Rome'))).toBe('2024-07-15T10:00:00.000Z');
  });

  it('is rejected when the clock was set forward over it', () => {
    expect(() => toInstant('2024-03-31 02:30', format('yyyy-MM-dd HH:mm', 'Europe/Rome'))).toThrow(/did not exist in Europe\/Rome/);
  });

  it('begins an hour later where the clock was set forward at midnight', () => {
    expect(toInstant('2017-10-15', format('yyyy-MM-dd', 'America/Sao_Paulo'))).toBe('2017-10-15T03:00:00.000Z');
  });

  it('is the earlier of two when the clock was set back, or the later where the mapping says so', () => {
    expect(toInstant('2024-10-27 02:30', format('yyyy-MM-dd HH:mm', 'Europe/Rome'))).toBe('2024-10-27T00:30:00.000Z');
    expect(toInstant('2024-10-27 02:30', format('yyyy-MM-dd HH:mm', 'Europe/Rome', 'later'))).toBe('2024-10-27T01:30:00.000Z');
  });

  it.each(['20230229', '20231301', '00000000', '2023-02-28', '', 'today'])('that no calendar has is rejected: %p', (text) => {
    expect(() => toInstant(text, format('yyyyMMdd'))).toThrow(/is not an existing date/);
  });

  it.each(['01:00', '03', 'T01:00', '010000', '12:00:00Z'])('is not today where a file has the time alone: %p', (text) => {
    expect(() => toInstant(text, format('iso'))).toThrow(/is not an existing date/);
  });

  it.each(['1530', '2024-05', '2024123', '2024-W05', '2024-W05-1', '2024-123', '20240', '2024-05-', '2024T10:00'])(
    'is a whole calendar date in ISO: %p',
    (text) => {
      expect(() => toInstant(text, format('iso'))).toThrow(/is not an existing date/);
    },
  );

  it('in ISO may be without hyphens', () => {
    const instants = ['20240105', '20240105T1030Z', '2024-01-05 10:30', '2024-01-05T10:30:00.5Z'].map((text) =>
      toInstant(text, format('iso')),
    );
    expect(instants).toEqual(['2024-01-05T00:00:00.000Z', ...['00.000', '00.000', '00.500'].map((end) => `2024-01-05T10:30:${end}Z`)]);
  });

  it('that is two dates in two of the forms is ambiguous', () => {
    const either = format(['MM/dd/yyyy', 'dd/MM/yyyy']);
    expect(() => toInstant('03/08/2025', either)).toThrow(
      '"03/08/2025" is ambiguous: 2025-03-08T00:00:00.000Z in the format MM/dd/yyyy, 2025-08-03T00:00:00.000Z in dd/MM/yyyy; name the one format of the column',
    );
    expect([toInstant('26/06/2025', either), toInstant('05/05/2025', either)]).toEqual([
      '2025-06-26T00:00:00.000Z',
      '2025-05-05T00:00:00.000Z',
    ]);
    expect(() => toDay('03/08/2025', either.formats)).toThrow('is ambiguous: 2025-03-08 in the format');
  });

  it('may have one of several forms', () => {
    expect(toInstant('03.04.2024', format(['yyyy-MM-dd', 'dd.MM.yyyy']))).toBe('2024-04-03T00:00:00.000Z');
    expect(toInstant('1718000000', format('unix'))).toBe('2024-06-10T06:13:20.000Z');
  });
});
