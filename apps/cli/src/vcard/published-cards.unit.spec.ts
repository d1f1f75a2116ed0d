import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { plainIds } from '#platform';
import { ownForeignKeyIds } from '../sink/foreign-key-ids.js';
import { parseCards } from './card.js';
import { cardCustomer } from './card-customer.js';

const folder = path.resolve('../shared/data/vcard');
const book = { system: 'vcard', ids: ownForeignKeyIds(plainIds) };
const described = existsSync(folder) ? describe : describe.skip;

/** file → cards, names of the first, e-mails, phones, messengers, binaries over all cards */
const published: Readonly<Record<string, readonly [number, string, number, number, number, number]>> = {
  'John_Doe_ANDROID.vcf': [6, 'john.doe@company.com', 4, 7, 0, 1],
  'John_Doe_BLACK_BERRY.vcf': [1, 'John Doe', 0, 1, 0, 1],
  'John_Doe_EVOLUTION.vcf': [1, 'Mr. John Richter, James Doe Sr.', 1, 2, 1, 0],
  'John_Doe_GMAIL.vcf': [1, 'Mr. John Richter, James Doe Sr.', 1, 2, 0, 0],
  'John_Doe_IPHONE.vcf': [1, 'Mr. John Richter James Doe Sr.', 1, 7, 0, 1],
  'John_Doe_LOTUS_NOTES.vcf': [1, 'Mr. Doe John I Johny', 2, 2, 0, 1],
  'John_Doe_MAC_ADDRESS_BOOK.vcf': [1, 'Mr. John Richter,James Doe Sr.', 1, 7, 0, 1],
  'John_Doe_MS_OUTLOOK.vcf': [1, 'Mr. John Richter James Doe Sr.', 1, 2, 1, 1],
  'fullcontact.vcf': [1, 'Prefix FirstName MiddleName LastName Suffix', 5, 9, 7, 0],
  'gmail-list.vcf': [3, 'Arnold Smith', 3, 0, 0, 0],
  'gmail-single.vcf': [1, 'Greg Dartmouth', 1, 2, 1, 0],
  'gmail-single2.vcf': [1, 'VCard Test', 5, 11, 8, 0],
  'issue114.vcf': [1, 'Dummy, Dummy', 1, 2, 0, 0],
  'outlook-2003.vcf': [1, 'John Doe III', 1, 4, 0, 1],
  'outlook-2007.vcf': [1, 'Mr. Michael Angstadt Jr.', 1, 4, 1, 2],
  'rfc2426-example.vcf': [2, 'Frank Dawson', 3, 4, 0, 0],
  'rfc6350-example.vcf': [1, 'Simon Perreault', 1, 2, 0, 0],
  'thunderbird-MoreFunctionsForAddressBook-extension.vcf': [1, 'John Doe', 5, 5, 0, 1],
};

described('published address books (needs ../shared/data/vcard)', () => {
  it.each(Object.entries(published))('%s is read whole', (file, expected) => {
    const cards = parseCards(file, readFileSync(path.join(folder, file)));
    const customers = cards.map((card) => cardCustomer(card, book));
    expect(cards.map(({ problem }) => problem)).toEqual(cards.map(() => undefined));
    const count = (kind: string) =>
      customers.reduce((sum, customer) => sum + (customer?.identifiers.filter((one) => one.kind === kind).length ?? 0), 0);
    const binaries = cards.flatMap(({ properties }) => properties.filter(({ binary }) => binary)).length;
    expect([cards.length, customers[0]?.registration.displayName, count('email'), count('phone'), count('messenger'), binaries]).toEqual(
      expected,
    );
  });
});
