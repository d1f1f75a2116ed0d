import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/min/metadata';
import type { PolicyHistory } from '#relationship/read-side.js';

/** How names and identifiers are compared, in the index and in the search alike. */

/**
 * Of a name what is searched: compatible forms are one (NFKD), letters are folded as Unicode folds case by default,
 * accents, points and what nobody sees are left out; apostrophes are one, and so are hyphens. Vowel signs of scripts that write vowels as marks are letters, and so are voicing marks of Japanese.
 */
export const foldName = (name: string): string =>
  caseless(name.normalize('NFKD'))
    .replace(accents, '')
    .normalize('NFC')
    .replace(/[‘’ʼ`´]/g, "'")
    .replace(/\p{Pd}/gu, '-')
    .replace(/\s+/g, ' ')
    .trim();

const accents =
  /[[\p{M}&&[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]]--[\u3099\u309a]]|[\p{Default_Ignorable_Code_Point}\u0640]/gv;

/** As CaseFolding.txt: by way of the upper case (ß is ss), but for the dotless i, which folds to itself; a sigma is one wherever it is. */
const caseless = (text: string): string =>
  text
    .split('ı')
    .map((each) => each.toLowerCase().toUpperCase().toLowerCase())
    .join('ı')
    .replaceAll('ς', 'σ');

export interface Phone {
  /** ITU-T E.164, such as +74951234567. */
  readonly e164: string;
  readonly extension?: string;
}

/** Without what nobody sees, `tel:`, a word in brackets behind it, and brackets around the country. */
const phoneText = (value: string): string =>
  value
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
    .replace(/^tel:/i, '')
    .replace(/\s*\([^\d)]*\)$/, '')
    .replace(/^\(\s*((?:\+|00)\d+)\s*\)/, '$1')
    .replace(/^00/, '+');

const extension = /(?:;\s*ext=|[,;#]|\bext(?:ension|n)?\b\.?|\bx\.?|(?<=\s)доб\.?)\s*\d+$/iu;

/**
 * A number with its country, + or 00 before it, or of the given one; `undefined` where neither is there, or no number that long exists.
 * @param country ISO 3166-1 alpha-2; without numbers of its own it is none
 */
export const phoneOf = (kind: string, value: string, country?: string): Phone | undefined => {
  if (!phoneKinds.has(kind)) return undefined;
  const among = country === undefined ? {} : { defaultCountry: country as CountryCode };
  const phone = parsePhoneNumberFromString(phoneText(value), { extract: false, ...among }, metadata);
  if (!phone?.isPossible()) return undefined;
  return { e164: phone.number, ...(phone.ext && { extension: phone.ext }) };
};

/** E-mail: lower case. Phone: the digits of E.164; without a country those of the text; never the extension. Everything else: trimmed, lower case. */
export const normalisedIdentifier = (kind: string, value: string, country?: string): string => {
  const plain = value.normalize('NFKC').trim().toLowerCase();
  if (!phoneKinds.has(kind)) return plain.replace(/^mailto:/, '');
  const e164 = phoneOf(kind, value, country)?.e164;
  return e164 === undefined ? phoneText(value).replace(extension, '').replace(/\D/g, '') : e164.slice(1);
};

export const phoneKinds: ReadonlySet<string> = new Set(['phone', 'mobile', 'fax', 'whatsapp']);

/** All that a searched text may be when its kind is not given. */
export const possibleIdentifiers = (value: string, country?: string): readonly string[] => [
  ...new Set([normalisedIdentifier('email', value), normalisedIdentifier('phone', value, country)]),
];

/** Of phone numbers that name none. */
export const countryOf = ({ company }: Pick<PolicyHistory, 'company'>): string | undefined => company.at(-1)!.document.country;
