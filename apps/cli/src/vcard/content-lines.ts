/** One property of a card, decoded. */
export interface CardProperty {
  /** `item1` of `item1.TEL`, lower case. */
  readonly group: string | undefined;
  /** Upper case. */
  readonly name: string;
  /** Upper-case names; values as written, without quotes. Bare parameters of 2.1 (`TEL;WORK`) stand under TYPE. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** Decoded from quoted-printable and its charset, unfolded; still with the escapes of its version. */
  readonly value: string;
  /** BASE64 content: a photo, a sound, a key. */
  readonly binary: boolean;
  /** Neither UTF-8 nor what its CHARSET says: read in the encoding that was given for such. */
  readonly guessed: boolean;
}

/** Exporters that name no charset write UTF-8 or the code page of their Windows; UTF-8 hardly ever fits by accident. */
export const USUAL_ENCODING = 'windows-1252';

interface OpenLine {
  text: string;
  quotedPrintable: boolean;
}

/**
 * Undoes the folding of the three versions: a line that begins with a blank continues the one before (3.0 and 4.0 add that blank, 2.1 folds
 * where one is), a quoted-printable line continues after a `=` at its end, with blanks behind it or without (RFC 2045 6.7). Takes bytes as
 * latin1 text, so that a charset parameter can still say what they are.
 */
export function unfold(lines: readonly string[], version: string): readonly string[] {
  const unfolded: OpenLine[] = [];
  for (const line of lines) {
    const last = unfolded.at(-1);
    if (last?.quotedPrintable && SOFT_BREAK.test(last.text))
      last.text = last.text.replace(SOFT_BREAK, '') + line.replace(/^[ \t](?==)/, '');
    else if (last && /^[ \t]/.test(line)) last.text += version === '2.1' ? line : line.slice(1);
    else unfolded.push({ text: line, quotedPrintable: /^[^:]*QUOTED-PRINTABLE[^:]*:/i.test(line) });
  }
  return unfolded.map(({ text }) => text);
}

const SOFT_BREAK = /=[ \t]*$/;

/** Undefined for what is no property: a blank line, a stray line of a photo that some exporters fold wrongly. */
export function parseProperty(line: string, version: string, encoding: string): CardProperty | undefined {
  const colon = outsideQuotes(line, ':').next().value ?? line.indexOf(':');
  if (colon < 0) return undefined;
  const [head = '', ...rawParameters] = splitOutsideQuotes(line.slice(0, colon), ';');
  const [, group, name] = /^\s*(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9_-]+)$/.exec(head) ?? [];
  if (name === undefined) return undefined;
  const parameters = parseParameters(rawParameters, version);
  const transfer = parameters.get('ENCODING')?.[0]?.toUpperCase();
  const binary = transfer === 'BASE64' || transfer === 'B' || /^data:[^,]*;base64,/i.test(line.slice(colon + 1));
  const bytes = transfer === 'QUOTED-PRINTABLE' ? fromQuotedPrintable(line.slice(colon + 1)) : line.slice(colon + 1);
  return {
    group: group?.toLowerCase(),
    name: name.toUpperCase(),
    parameters,
    binary,
    ...(binary ? { value: '', guessed: false } : decode(bytes, parameters.get('CHARSET')?.[0], encoding)),
  };
}

const ENCODINGS = new Set(['QUOTED-PRINTABLE', 'BASE64', '8BIT', '7BIT']);

function parseParameters(raw: readonly string[], version: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>();
  const add = (name: string, values: readonly string[]) => parameters.set(name, [...(parameters.get(name) ?? []), ...values]);
  for (const parameter of raw) {
    const equals = parameter.indexOf('=');
    if (equals < 0) {
      const bare = parameter.trim().toUpperCase();
      if (bare !== '') add(ENCODINGS.has(bare) ? 'ENCODING' : 'TYPE', [bare]);
      continue;
    }
    const values = splitOutsideQuotes(parameter.slice(equals + 1), ',').flatMap((value) => unquoted(value, version));
    add(parameter.slice(0, equals).trim().toUpperCase(), values);
  }
  return parameters;
}

/** `TYPE="work,voice"` of 4.0 is two types. RFC 6868 escapes line ends, quotes and carets in a parameter. */
function unquoted(value: string, version: string): readonly string[] {
  const bare = value.trim().replace(/^"(.*)"$/s, '$1');
  const decoded =
    version === '4.0' ? bare.replace(/\^([n'^])/g, (_, escaped: string) => ({ n: '\n', "'": '"', '^': '^' })[escaped] ?? '') : bare;
  return decoded.split(',');
}

function fromQuotedPrintable(text: string): string {
  return text.replace(/=\r?\n/g, '').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decode(latin1: string, charset: string | undefined, otherwise: string): Pick<CardProperty, 'value' | 'guessed'> {
  const bytes = Buffer.from(latin1, 'latin1');
  for (const label of charset === undefined ? ['utf-8'] : [charset, 'utf-8']) {
    try {
      return { value: new TextDecoder(label, { fatal: true }).decode(bytes), guessed: false };
    } catch {
      // An unknown charset, or other bytes than it has.
    }
  }
  return { value: new TextDecoder(otherwise).decode(bytes), guessed: true };
}

export function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (const at of outsideQuotes(text, separator)) {
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}

function* outsideQuotes(text: string, separator: string): Generator<number, undefined> {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    // A quote within a value (TYPE=24" desk) opens nothing.
    if (text[at] === '"') quoted = !quoted && (at === 0 || /[=,]/.test(text[at - 1]!));
    else if (text[at] === separator && !quoted) yield at;
  }
  return undefined;
}
