import type { CsvFormat, Json, Mapping } from '../mapping/mapping.js';
import type { ColumnFacts } from './column-facts.js';

export interface Suggestion {
  readonly mapping: Mapping;
  /** What is a guess, and what is not used. */
  readonly notes: readonly string[];
}

/** What a column is called where it is about this. The words of ten languages are no less guesses than those of one. */
const CALLED = {
  customerId: /^(?:cust(?:omer)?|client|account|user|member|kunden?|contact|lead|buyer)[ _-]*(?:id|no|nr|num|number|nummer|key|code)\.?$/i,
  id: /^(?:id|no|nr|key|code)$/i,
  email: /mail/i,
  phone: /phone|^tel|mobil|cell|fax|telefon/i,
  organisation: /company|organi[sz]ation|account|firm|employer|unternehmen/i,
  name: /^(?:name|full[ _-]*name|display[ _-]*name|customer|client|kunde|account|contact|lead|buyer)$|(?:customer|client|account|company|contact|kunden?|firmen?)[ _-]*name|^company$|^firma$|^organi[sz]ation$/i,
  first: /^(?:first|given|fore)[ _-]*name$|^vorname$/i,
  last: /^(?:last|family|sur)[ _-]*name$|^nachname$/i,
  birth: /birth|^born$|^dob$|geburt/i,
  date: /date|^day$|time|when|datum|^on$|_at$/i,
  amount: /amount|total|price|^sum$|revenue|value|betrag|umsatz|preis|paid/i,
  /** Of the amounts, those of one piece, if there is a quantity. */
  unitPrice: /(?:^|[ _-])(?:unit|each)|einzel|st[üu]e?ck|^(?:price|preis)$/i,
  quantity: /^(?:quantity|qty|count|units|menge|anzahl)$/i,
  item: /item|product|article|artikel|produkt|description|sku/i,
  currency: /curr|währung|waehrung/i,
} as const;

/** A customer per key, a purchase per amount, a birth date: what a table of customers or sales holds as a rule. Everything else is named as not used. */
export function suggestMapping(system: string, source: CsvFormat, columns: readonly ColumnFacts[]): Suggestion {
  const used = new Set<string>();
  const notes: string[] = [];
  const find = (what: keyof typeof CALLED, fits: (column: ColumnFacts) => boolean = () => true) =>
    columns.find((column) => column.filled > 0 && !used.has(column.name) && CALLED[what].test(column.name) && fits(column));
  const use = (column: ColumnFacts): { readonly $column: string } => {
    used.add(column.name);
    return { $column: column.name };
  };

  const birth = find('birth', ({ dates }) => dates.length > 0);
  const birthDate: Json | undefined = birth && { $day: use(birth), format: formatOf(birth, notes) };
  const emails = columns.filter((column) => column.emails);
  const phones = columns.filter((column) => column.phones && CALLED.phone.test(column.name));
  for (const column of columns)
    if (CALLED.email.test(column.name) && column.filled > 0 && !column.emails)
      notes.push(`${quoted(column)} has values that are no e-mail addresses`);
  const first = find('first');
  const last = find('last');
  const name = find('name', ({ longest }) => longest <= 300);
  const organisation = name !== undefined && CALLED.organisation.test(name.name);
  const keys = [find('customerId'), emails[0], find('id', ({ unique }) => unique)].filter((column) => column !== undefined);
  const key = keys.find(({ empty }) => empty === 0) ?? keys[0] ?? name;
  const date =
    find('date', ({ dates }) => dates.length > 0) ??
    columns.find(({ dates: [format], name: called }) => format?.includes('y') && !used.has(called));

  const displayName = name ? use(name) : first && last ? { $template: `{${use(first).$column}} {${use(last).$column}}` } : undefined;
  if (!displayName) notes.push('no column looks like the name of a customer');
  const identifiers = [
    ...emails.map((column) => ({ kind: 'email', value: use(column) })),
    ...phones.map((column) => ({ kind: 'phone', value: use(column) })),
  ];
  if (key) use(key);
  else
    notes.push(
      'no column identifies a customer: every row becomes one of its own; name the columns in "target" if several rows are of one',
    );
  if (key?.empty) notes.push(`${key.empty} rows have no ${quoted(key)} and are passed over`);
  const target: Json = key ? { $id: 'customer', of: key.name } : { $row: 'customer' };
  const when: Json | undefined = key?.empty ? { column: key.name, notEmpty: true } : undefined;

  const commands: Mapping['commands'][number][] = [
    {
      command: 'register-customer',
      ...(key && { once: true }),
      ...(when && { when }),
      target,
      body: {
        kind: organisation ? 'organisation' : 'person',
        ...(displayName && { displayName }),
        ...(identifiers.length > 0 && { identifiers }),
      },
    },
  ];
  notes.push(`customers are registered as ${organisation ? 'organisations' : 'persons'}`);
  if (birthDate) commands.push({ command: 'record-profile', when: allOf(when, birth), target, body: { person: { birthDate } } });
  const purchase = purchaseOf();
  if (purchase) commands.push({ command: 'record-purchase', ...purchase, target });

  function purchaseOf(): { readonly when: Json; readonly body: Json } | undefined {
    const isTotal = ({ numbers, name }: ColumnFacts) => numbers.length > 0 && !CALLED.unitPrice.test(name);
    const total = find('amount', isTotal);
    const amount = total ?? find('amount', ({ numbers }) => numbers.length > 0);
    if (!amount) return undefined;
    const quantity = find('quantity', ({ numbers }) => numbers.length > 0);
    const perPiece = total === undefined && quantity !== undefined;
    if (perPiece) notes.push(`${quoted(amount)} is read as the price of one piece, to be multiplied by ${quoted(quantity)}`);
    const unusable = quantity ? quantity.negative + quantity.zero + quantity.empty : 0;
    if (quantity && unusable > 0)
      notes.push(
        `${unusable} rows have a ${quoted(quantity)} that is negative, zero or empty and are passed over: returns need a command of their own`,
      );
    const item = find('item', (column) => column.empty === 0 && column.longest <= 300);
    const currency = find('currency', (column) => column.currencies && column.empty === 0);
    if (!currency) notes.push('the currency EUR is a guess');
    if (!item) notes.push(`no column without gaps looks like what was bought; it is called "${system}"`);
    if (amount.negative > 0)
      notes.push(
        `${amount.negative} rows have a negative ${quoted(amount)} and are passed over: returns need a purchase that they belong to`,
      );
    const doubtful = amount.digits === 3 && amount.fewestDigits === 3;
    if (doubtful)
      notes.push(
        `every ${quoted(amount)} has three digits behind the mark, which may be thousands: check "decimal" and "group"; until then these rows are rejected`,
      );
    else if (amount.digits > 2)
      notes.push(`${quoted(amount)} has up to ${amount.digits} decimal digits, rounded half up to those of the currency`);
    const positive: Json[] = [
      ...(amount.negative > 0 ? [{ not: { column: amount.name, matches: '^\\s*-' } }] : []),
      ...(quantity && unusable > 0
        ? [{ not: { column: quantity.name, matches: '^\\s*-|^[\\s0.,]*$' } }, { column: quantity.name, notEmpty: true }]
        : []),
    ];
    return {
      when: allOf(when, amount, positive),
      body: {
        purchaseId: { $row: 'purchase' },
        item: item ? use(item) : system,
        quantity: quantity ? { $number: use(quantity), ...decimalOf(quantity, notes) } : 1,
        [perPiece ? 'unitPrice' : 'amount']: {
          $money: use(amount),
          currency: currency ? use(currency) : 'EUR',
          ...decimalOf(amount, notes),
          ...(amount.digits > 2 && !doubtful && { round: 'half-up' }),
        },
      },
    };
  }

  const occurredAt: Json | undefined = date && { $date: use(date), format: formatOf(date, notes) };
  if (date)
    notes.push(
      `${quoted(date)} is when it happened, read in the time zone of the company where it names none${date.empty > 0 ? '; rows without it happen now' : ''}`,
    );
  else notes.push('no column looks like a date: everything happens at the time of the import');
  if (used.size > 0)
    notes.push(
      `used as their names suggest: ${columns
        .filter((column) => used.has(column.name))
        .map(quoted)
        .join(', ')}`,
    );
  const unused = columns.filter((column) => !used.has(column.name));
  if (unused.length > 0) notes.push(`not used: ${unused.map(quoted).join(', ')}`);
  const mapping: Mapping = {
    system,
    description: `Suggested; check it. ${notes.join('. ')}.`,
    source,
    ...(occurredAt && { occurredAt }),
    commands,
  };
  return { mapping, notes };
}

const quoted = ({ name }: ColumnFacts) => JSON.stringify(name);

/** Of a command that needs a value of this column. */
function allOf(when: Json | undefined, column: ColumnFacts | undefined, more: readonly Json[] = []): Json {
  const all = [...(when ? [when] : []), ...(column ? [{ column: column.name, notEmpty: true }] : []), ...more];
  return all.length === 1 ? all[0]! : { all };
}

function formatOf(column: ColumnFacts, notes: string[]): string {
  const [format = 'iso', ...others] = column.dates;
  if (others.length > 0) notes.push(`${quoted(column)} is read as ${format}, though ${others.join(' and ')} would fit its values too`);
  return format;
}

function decimalOf(column: ColumnFacts, notes: string[]): { readonly decimal?: string; readonly group?: string } {
  const [format, ...others] = column.numbers;
  const { decimal = '.', group } = format ?? {};
  // Whole numbers say nothing of a decimal mark.
  if (others.some((other) => other.decimal !== decimal) && column.digits > 0)
    notes.push(`${quoted(column)} is read with the decimal mark "${decimal}", though another would fit its values too`);
  return { ...(decimal !== '.' && { decimal }), ...(group !== undefined && { group }) };
}
