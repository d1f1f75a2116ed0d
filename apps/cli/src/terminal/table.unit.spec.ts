import { describe, expect, it } from '@jest/globals';
import { tableText } from './table.js';

describe('a table', () => {
  it('sets figures, shares and money to the right, and everything else to the left', () => {
    const rows = [
      ['лид', 5, '7.00 %', '1,000.00 EUR', '2026-01-02'],
      ['won', 1_051, '56.80 %', '', '2026-01-03'],
    ];
    expect(tableText(['stage', 'now', 'share', 'value', 'day'], rows)).toBe(
      [
        'stage    now    share         value  day',
        'лид        5   7.00 %  1,000.00 EUR  2026-01-02',
        'won    1,051  56.80 %                2026-01-03',
      ].join('\n'),
    );
  });

  it('gives wide characters two places', () => {
    const rows = [
      ['李小龍', 'x'],
      ['Ольга', 'y'],
    ];
    expect(tableText(['name', 'a'], rows)).toBe(['name    a', '李小龍  x', 'Ольга   y'].join('\n'));
  });

  it('goes on beneath its last column where the terminal is narrower, and is whole where there is none', () => {
    const rows = [['2026-01-02', 'Asked for the new price list and a visit']];
    expect(tableText(['day', 'says'], rows, 36)).toBe(
      ['day         says', '2026-01-02  Asked for the new price', '            list and a visit'].join('\n'),
    );
    expect(tableText(['day', 'says'], rows, undefined)).toContain('price list and a visit');
  });

  it('tells each row as a list of its columns where the terminal has no room for the last one', () => {
    const rows = [
      ['2026-01-02', 'contact-recorded', 'Asked for the new price list and a visit'],
      ['2026-01-03', 'contact-planned', ''],
    ];
    expect(tableText(['day', 'event', 'says'], rows, 40)).toBe(
      [
        'day    2026-01-02',
        'event  contact-recorded',
        'says   Asked for the new price list and',
        '       a visit',
        '',
        'day    2026-01-03',
        'event  contact-planned',
      ].join('\n'),
    );
  });

  it('never lets a text move the cursor', () => {
    expect(tableText(['says'], [['one\ntwo\u001b[2J']])).toBe('says\none two [2J');
  });
});
