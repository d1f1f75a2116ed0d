/** How names and identifiers are compared, in the index and in the search alike. */

export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase().replaceAll('ё', 'е').replace(/\s+/g, ' ').trim();

/** E-mail: lower case. Phone: digits, with an international prefix of 00 taken for +. Everything else: trimmed, lower case. */
export const normalisedIdentifier = (kind: string, value: string): string => {
  const plain = value.normalize('NFKC').trim().toLowerCase();
  if (!phoneKinds.has(kind)) return plain.replace(/^mailto:/, '');
  return plain.replace(/\D/g, '').replace(/^00/, '');
};

const phoneKinds: ReadonlySet<string> = new Set(['phone', 'mobile', 'fax', 'whatsapp']);

/** All that a searched text may be when its kind is not given. */
export const possibleIdentifiers = (value: string): readonly string[] => [
  ...new Set([normalisedIdentifier('email', value), normalisedIdentifier('phone', value)].filter((each) => each !== '')),
];
