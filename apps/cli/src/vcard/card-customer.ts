import { createHash } from 'node:crypto';
import { isBirthDate } from '#relationship/read-side.js';
import type { ForeignKeyIds } from '../sink/foreign-key-ids.js';
import type { Card } from './card.js';
import { cardIdentifiers, type Identifier, isIdentifier } from './card-identifiers.js';
import { components, listed, unescapeText } from './card-values.js';
import type { CardProperty } from './content-lines.js';

export interface CardCustomer {
  /** Opaque, from the UID of the card, or from its text where it has none. */
  readonly customerId: string;
  readonly registration: {
    readonly customerId: string;
    readonly kind: 'person' | 'organisation';
    readonly displayName: string;
    readonly language?: string;
  };
  readonly identifiers: readonly Identifier[];
  readonly profile: { readonly person?: Birth; readonly attributes?: Readonly<Record<string, string>> } | undefined;
  /** What of the card is not in the others, a name each: `PHOTO`, `ANNIVERSARY`, `FN beyond 300 characters`. */
  readonly leftOut: readonly string[];
}

/** The limits of the commands' own bodies. A longer name is cut, a longer attribute is several: an address book must not fail for a long note. */
const LONGEST_NAME = 300;
const LONGEST_ATTRIBUTE = 500;
const LONGEST_WORD = 100;
const MOST_ATTRIBUTES = 100;

/** Groups, rooms and devices are nobody's customers; a kind that is not known is a person (RFC 6350 6.1.4). */
export const isCustomer = (card: Card): boolean =>
  !NO_CUSTOMERS.some((kind) => says(card, 'KIND', kind) || says(card, 'X-ADDRESSBOOKSERVER-KIND', kind));

const NO_CUSTOMERS = ['group', 'location', 'application', 'device'];

/** `system` names it; cards of the same text in two books are two customers. */
export interface AddressBook {
  readonly system: string;
  readonly ids: Pick<ForeignKeyIds, 'of'>;
}

/**
 * Undefined where the card names nobody: no name, no organisation and no address of any kind.
 * @param known the id of its customer, where that is not the one of the card
 */
export function cardCustomer(card: Card, { system, ids }: AddressBook, known?: string): CardCustomer | undefined {
  const leftOut = unusedOf(card);
  const cut = (text: string, most: number, name: string) => {
    const characters = [...text];
    if (characters.length <= most) return text;
    leftOut.push(`${name} beyond ${most} characters`);
    return `${characters.slice(0, most - 1).join('')}…`;
  };
  const first = (name: string) => card.properties.find((property) => property.name === name && property.value.trim() !== '');
  const identifiers = cardIdentifiers(card, leftOut);
  const organisation = first('ORG') ? components(first('ORG')?.value ?? '').filter((part) => part !== '') : [];
  const personal = personalName(first('FN'), first('N'));
  const displayName = personal || listed(first('NICKNAME')?.value ?? '')[0] || organisation[0] || (identifiers[0]?.value ?? '');
  if (displayName === '') return undefined;
  const customerId = known ?? ids.of(system, 'vcard', identityOf(card, first('UID')));
  const language = first('LANG')?.value.trim();
  const birth = birthOf(first('BDAY'), (text) => cut(text, LONGEST_WORD, 'BDAY'));
  const attributes = cardAttributes(card, organisation, leftOut);
  const profile = { ...(birth && { person: birth }), ...(Object.keys(attributes).length > 0 && { attributes }) };
  return {
    customerId,
    leftOut,
    registration: {
      customerId,
      kind: isOrganisation(card, personal, organisation[0]) ? 'organisation' : 'person',
      displayName: cut(displayName, LONGEST_NAME, 'FN'),
      ...(language && { language: cut(language, LONGEST_WORD, 'LANG') }),
    },
    identifiers,
    profile: Object.keys(profile).length > 0 ? profile : undefined,
  };
}

interface Birth {
  readonly birthDate?: string;
  readonly birthDateAsGiven?: string;
}

/**
 * RFC 6350 4.3.1 and RFC 2426 3.1.5: with hyphens or without, the year may be missing (by Apple's parameter too). Of an instant the date is
 * taken as it is written: a zone does not move a birthday.
 */
function birthOf(property: CardProperty | undefined, cut: (text: string) => string): Birth | undefined {
  if (!property) return undefined;
  const given = property.value.trim();
  const [, written, month, day] = /^(?:(\d{4})-?|--)(\d{2})-?(\d{2})(?:[T ].*)?$/i.exec(given) ?? [];
  const year = property.parameters.get('X-APPLE-OMIT-YEAR')?.includes(written ?? '') ? undefined : written;
  const birthDate = `${year ?? '-'}-${month}-${day}`;
  return isBirthDate(birthDate) ? { birthDate } : { birthDateAsGiven: cut(given) };
}

const identityOf = (card: Card, uid: CardProperty | undefined) =>
  uid
    ? `uid:${unescapeText(uid.value)
        .trim()
        .replace(/^urn:uuid:/i, '')}`
    : `hash:${createHash('sha256').update(card.text, 'latin1').digest('hex')}`;

function personalName(formatted: CardProperty | undefined, structured: CardProperty | undefined): string {
  const whole = formatted ? oneLine(unescapeText(formatted.value)) : '';
  if (whole !== '' || !structured) return whole;
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = components(structured.value);
  return oneLine([prefix, given, additional, family, suffix].filter((part) => part !== '').join(' '));
}

/** KIND of 4.0, Apple's company flag, or a card whose only name is that of the organisation. */
function isOrganisation(card: Card, personal: string, organisation: string | undefined): boolean {
  return (
    says(card, 'KIND', 'org') ||
    says(card, 'X-ABSHOWAS', 'company') ||
    (organisation !== undefined && (personal === '' || personal === organisation))
  );
}

const says = (card: Card, name: string, value: string) =>
  card.properties.some((property) => property.name === name && property.value.trim().toLowerCase() === value);

const ATTRIBUTES: Readonly<Record<string, string>> = {
  TITLE: 'title',
  ROLE: 'role',
  NICKNAME: 'nickname',
  CATEGORIES: 'categories',
  NOTE: 'note',
  TZ: 'timezone',
  GENDER: 'gender',
};

const ATTRIBUTE_NAMES = new Set([...Object.values(ATTRIBUTES), 'organisation', 'department', 'address']);

/** Whether it is one that cards record. */
export const isCardAttribute = (name: string): boolean => ATTRIBUTE_NAMES.has(name.replace(/-\d+$/, ''));

/** The second of a name has a number, `note-2`; so have the blocks of a text that is too long for one. */
function cardAttributes(card: Card, [name, ...units]: readonly string[], leftOut: string[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  const seen = new Map<string, number>();
  const add = (key: string, text: string, property: string) => {
    const characters = [...text];
    for (let at = 0; at < characters.length; at += LONGEST_ATTRIBUTE) {
      if (Object.keys(attributes).length === MOST_ATTRIBUTES) return void leftOut.push(`${property} beyond ${MOST_ATTRIBUTES} attributes`);
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      attributes[times === 1 ? key : `${key}-${times}`] = characters.slice(at, at + LONGEST_ATTRIBUTE).join('');
    }
  };
  add('organisation', name ?? '', 'ORG');
  add('department', units.join(', '), 'ORG');
  for (const property of card.properties) {
    const key = property.name === 'ADR' ? 'address' : ATTRIBUTES[property.name];
    if (key === undefined) continue;
    const value =
      property.name === 'ADR'
        ? components(property.value)
            .filter((part) => part !== '')
            .join(', ')
        : unescapeText(property.value).trim();
    add(key, value, property.name);
  }
  return attributes;
}

/** Read elsewhere, or of the card itself and not of whom it describes. */
const USED = new Set(
  ['VERSION', 'PRODID', 'REV', 'PROFILE', 'KIND', 'X-ADDRESSBOOKSERVER-KIND', 'X-ABSHOWAS', 'X-ABLABEL', 'ADR'].concat(
    Object.keys(ATTRIBUTES),
  ),
);
/** Read once. */
const SINGLE = ['UID', 'FN', 'N', 'ORG', 'BDAY', 'LANG'];

function unusedOf(card: Card): string[] {
  const seen = new Set<string>();
  const unused = card.properties.flatMap(({ name, value, binary }) => {
    // The card of an agent follows its empty line.
    if (binary || name === 'AGENT') return [name];
    if (value.replaceAll(';', '').trim() === '' || USED.has(name) || isIdentifier(name)) return [];
    if (!SINGLE.includes(name)) return [name];
    if (seen.has(name)) return [`second ${name}`];
    seen.add(name);
    return [];
  });
  return [...unused, ...Array.from({ length: card.unread }, () => 'line that is no property')];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
