import { createHash } from 'node:crypto';
import { isBirthDate } from '#relationship/read-side.js';
import { derivedId } from '../import/values/derived-id.js';
import type { Card } from './card.js';
import { cardIdentifiers, type Identifier } from './card-identifiers.js';
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
  /** Its birth date is worded anew: before birth dates were checked it was sent as it is written. */
  readonly reworded: boolean;
  /** Photos, logos, sounds and keys that were left out. */
  readonly binaries: number;
}

/** The limits of the command's own body; a longer text is cut, because an address book must not fail for a long note. */
const LONGEST_NAME = 300;
const LONGEST_ATTRIBUTE = 500;

/** Undefined where the card names nobody: no name, no organisation and no address of any kind. */
export function cardCustomer(card: Card, system: string): CardCustomer | undefined {
  const first = (name: string) => card.properties.find((property) => property.name === name && property.value.trim() !== '');
  const identifiers = cardIdentifiers(card);
  const organisation = first('ORG') ? components(first('ORG')?.value ?? '').filter((part) => part !== '') : [];
  const personal = personalName(first('FN'), first('N'));
  const displayName = personal || listed(first('NICKNAME')?.value ?? '')[0] || organisation[0] || (identifiers[0]?.value ?? '');
  if (displayName === '') return undefined;
  const customerId = derivedId(system, 'vcard', identityOf(card, first('UID')));
  const language = first('LANG')?.value.trim();
  const birth = birthOf(first('BDAY'));
  const attributes = cardAttributes(card, organisation);
  const profile = { ...(birth && { person: birth }), ...(Object.keys(attributes).length > 0 && { attributes }) };
  return {
    customerId,
    binaries: card.properties.filter(({ binary }) => binary).length,
    registration: {
      customerId,
      kind: isOrganisation(card, personal, organisation[0]) ? 'organisation' : 'person',
      displayName: cut(displayName, LONGEST_NAME),
      ...(language && { language: cut(language, 100) }),
    },
    identifiers,
    reworded: birth !== undefined && birth.birthDate !== first('BDAY')?.value.trim(),
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
function birthOf(property: CardProperty | undefined): Birth | undefined {
  if (!property) return undefined;
  const given = property.value.trim();
  const [, written, month, day] = /^(?:(\d{4})-?|--)(\d{2})-?(\d{2})(?:[T ].*)?$/i.exec(given) ?? [];
  const year = property.parameters.get('X-APPLE-OMIT-YEAR')?.includes(written ?? '') ? undefined : written;
  const birthDate = `${year ?? '-'}-${month}-${day}`;
  return isBirthDate(birthDate) ? { birthDate } : { birthDateAsGiven: cut(given, 100) };
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
  const says = (name: string, value: string) =>
    card.properties.some((property) => property.name === name && property.value.trim().toLowerCase() === value);
  return (
    says('KIND', 'org') || says('X-ABSHOWAS', 'company') || (organisation !== undefined && (personal === '' || personal === organisation))
  );
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  TITLE: 'title',
  ROLE: 'role',
  NICKNAME: 'nickname',
  CATEGORIES: 'categories',
  NOTE: 'note',
  TZ: 'timezone',
  GENDER: 'gender',
};

function cardAttributes(card: Card, organisation: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  const [name, ...units] = organisation;
  if (name) attributes.organisation = cut(name, LONGEST_ATTRIBUTE);
  if (units.length > 0) attributes.department = cut(units.join(', '), LONGEST_ATTRIBUTE);
  const seen = new Map<string, number>();
  for (const property of card.properties) {
    const key = property.name === 'ADR' ? 'address' : ATTRIBUTES[property.name];
    if (key === undefined) continue;
    const value =
      property.name === 'ADR'
        ? components(property.value)
            .filter((part) => part !== '')
            .join(', ')
        : unescapeText(property.value).trim();
    if (value === '') continue;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    attributes[times === 1 ? key : `${key}-${times}`] = cut(value, LONGEST_ATTRIBUTE);
  }
  return attributes;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
const cut = (text: string, most: number) => ([...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`);
