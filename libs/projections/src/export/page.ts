import { type ExportTexts, englishTexts } from './texts.js';

type Json = Readonly<Record<string, unknown>>;
interface Entry extends Json {
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly by?: string;
  readonly source?: string;
  readonly counts?: boolean;
  readonly data: Json;
}
/** What the page is made of: a ProvidedData or a KeptData. */
interface Export {
  readonly kind: 'provided' | 'kept';
  readonly customerId: string;
  readonly releasedAt?: string | null;
  readonly upTo: { readonly recordedAt: string };
  readonly events: readonly Entry[];
  readonly profiling?: { readonly ladder: Json | null; readonly churn: Json | null };
  readonly reads?: readonly Json[];
  readonly recipients?: readonly Json[];
}

const STYLE =
  'body{font:11pt/1.4 serif;max-width:48em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;width:100%;margin:.3em 0 1em}' +
  'th,td{text-align:start;vertical-align:top;padding:.15em .6em .15em 0;border-top:1px solid #ccc;overflow-wrap:anywhere}th{font-weight:normal;color:#555;width:16em}' +
  'h3{font-size:1em;margin:1em 0 0}section{break-inside:avoid}.gone{text-decoration:line-through}@media print{body{margin:0}}';

/** To read and to print: one file without scripts or anything loaded; each value is isolated, so that right-to-left text turns nothing else round. */
export const exportPage = (body: unknown, texts: ExportTexts = englishTexts): string => {
  const { kind, customerId, releasedAt, upTo, events, profiling, reads, recipients } = body as Export;
  const { labels, sections } = texts;
  const release = kind === 'provided' ? [] : [row(labels.released, releasedAt ?? labels.preview)];
  return [
    `<!doctype html><html lang="${escaped(texts.language)}" dir="${texts.direction}"><head><meta charset="utf-8">`,
    `<meta name="robots" content="noindex"><title>${escaped(texts.titles[kind])}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(texts.titles[kind])}</h1><p>${escaped(texts.introductions[kind])}</p>`,
    `<table>${row(labels.customer, customerId)}${row(labels.upTo, upTo.recordedAt)}${release.join('')}</table>`,
    heading(sections.events),
    ...(events.length === 0 ? [paragraph(labels.nothing)] : events.map((event) => eventOf(event, texts))),
    ...(profiling
      ? [
          heading(sections.profiling),
          ...(['ladder', 'churn'] as const).map(
            (name) => `<h3>${escaped(sections[name])}</h3>${profiling[name] ? table(profiling[name]) : paragraph(labels.nothing)}`,
          ),
        ]
      : []),
    ...(reads ? [heading(sections.reads), listOf(reads, texts.reads, labels.nothing)] : []),
    ...(recipients ? [heading(sections.recipients), listOf(recipients, texts.recipients, labels.nothing)] : []),
    '</body></html>\n',
  ].join('\n');
};

const eventOf = ({ type, occurredAt, recordedAt, by, source, counts, data }: Entry, { labels, events }: ExportTexts): string => {
  const gone = counts === false ? ' class="gone"' : '';
  const facts = [
    row(labels.occurred, occurredAt),
    ...(recordedAt === occurredAt ? [] : [row(labels.recorded, recordedAt)]),
    ...(by === undefined ? [] : [row(labels.by, by)]),
    ...(source === undefined ? [] : [row(labels.source, source)]),
  ];
  const note = counts === false ? paragraph(labels.takenBack) : '';
  return `<section><h3${gone}>${escaped(events[type] ?? type)}</h3>${note}<table>${facts.join('')}${rowsOf(data)}</table></section>`;
};

const heading = (text: string): string => `<h2>${escaped(text)}</h2>`;
const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;
const table = (value: Json): string => `<table>${rowsOf(value)}</table>`;
const row = (name: string, value: unknown): string => `<tr><th>${escaped(name)}</th><td>${isolated(value)}</td></tr>`;

/** A line for each value, named by the way to it. */
const rowsOf = (value: unknown, path: readonly string[] = []): string => {
  if (typeof value !== 'object' || value === null) return row(path.map(inWords).join(', '), value ?? '');
  return Object.entries(value)
    .map(([name, member]) => rowsOf(member, [...path, Array.isArray(value) ? String(Number(name) + 1) : name]))
    .join('');
};

const listOf = (items: readonly Json[], columns: Readonly<Record<string, string>>, nothing: string): string => {
  if (items.length === 0) return paragraph(nothing);
  const shown = Object.keys(columns).filter((name) => items.some((item) => item[name] !== undefined));
  const head = shown.map((name) => `<th>${escaped(columns[name]!)}</th>`).join('');
  const rows = items.map((item) => `<tr>${shown.map((name) => `<td>${isolated(item[name] ?? '')}</td>`).join('')}</tr>`);
  return `<table><tr>${head}</tr>${rows.join('')}</table>`;
};

/** `contactId` as `contact id`. */
const inWords = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const isolated = (value: unknown): string => `<bdi>${escaped(String(value))}</bdi>`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Also for values of attributes; controls that no HTML may have, and those that turn text round beyond their end, are left out. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!);
