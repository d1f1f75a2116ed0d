import { isEmailAddress } from '#relationship';
import type { Card } from './card.js';
import { unescapeText } from './card-values.js';
import type { CardProperty } from './content-lines.js';

const KINDS = ['email', 'email-as-given', 'phone', 'messenger', 'url', 'social'] as const;
export const IDENTIFIER_KINDS: ReadonlySet<string> = new Set(KINDS);

export interface Identifier {
  readonly kind: (typeof KINDS)[number];
  readonly value: string;
  readonly label?: string;
}

/** As many as a registration takes. */
const MOST = 100;
const LONGEST = 500;
const MESSENGERS = [
  'AIM',
  'GTALK',
  'GOOGLE-TALK',
  'ICQ',
  'JABBER',
  'MSN',
  'QQ',
  'SKYPE',
  'SKYPE-USERNAME',
  'YAHOO',
  'GADUGADU',
  'GROUPWISE',
  'TWITTER',
  'TELEGRAM',
  'WHATSAPP',
  'MS-IMADDRESS',
  'EVOLUTION-IM',
];

const messengerOf = (name: string) => MESSENGERS.find((messenger) => name === `X-${messenger}`);

export const isIdentifier = (name: string): boolean =>
  ['EMAIL', 'TEL', 'X-MS-TEL', 'IMPP', 'URL', 'X-SOCIALPROFILE'].includes(name) || messengerOf(name) !== undefined;

/** E-mail addresses, phone numbers, messenger handles and addresses in the web, each once, in the order of the card. */
export function cardIdentifiers(card: Card, leftOut: string[] = []): readonly Identifier[] {
  const found = new Map<string, Identifier>();
  for (const property of card.properties) {
    const identifier = toIdentifier(property, card);
    if (!identifier) continue;
    const key = `${identifier.kind} ${identifier.value.toLowerCase()}`;
    if (found.has(key) && identifier.label !== undefined && found.get(key)?.label !== identifier.label)
      leftOut.push(`second label of ${property.name}`);
    if (found.has(key)) continue;
    if ([...fullLabelOf(property, card)].length > LONGEST_LABEL) leftOut.push(`label beyond ${LONGEST_LABEL} characters`);
    if ([...identifier.value].length > LONGEST) leftOut.push(`${property.name} longer than ${LONGEST} characters`);
    else if (found.size === MOST) leftOut.push(`${property.name} beyond ${MOST} identifiers`);
    else found.set(key, identifier);
  }
  return [...found.values()];
}

function toIdentifier(property: CardProperty, card: Card): Identifier | undefined {
  const text = unescapeText(property.value).trim();
  if (text === '' || property.binary) return undefined;
  const label = labelOf(property, card);
  switch (property.name) {
    case 'EMAIL':
      return { kind: isEmailAddress(text) ? 'email' : 'email-as-given', value: text.replace(/^mailto:/i, ''), ...label };
    case 'TEL':
      return { kind: 'phone', value: text.replace(/^tel:/i, ''), ...label };
    case 'X-MS-TEL':
      return { kind: 'phone', value: text, ...label };
    case 'IMPP':
      return { kind: 'messenger', value: text, ...label };
    case 'URL':
      return { kind: 'url', value: text.replace(/\s+/g, ''), ...label };
    case 'X-SOCIALPROFILE':
      return { kind: 'social', value: text, ...label };
    default: {
      const messenger = messengerOf(property.name);
      if (messenger === undefined) return undefined;
      return { kind: 'messenger', value: `${messenger.toLowerCase()}:${text}`, ...label };
    }
  }
}

const NOT_LABELS = new Set(['PREF', 'INTERNET', 'VOICE', 'X400', 'MSG']);

/** Apple and Google put the label of `item1.TEL` into `item1.X-ABLabel`, standard ones as `_$!<HomePage>!$_`. */
function labelOf(property: CardProperty, card: Card): { label?: string } {
  const label = fullLabelOf(property, card);
  return label === '' ? {} : { label: label.slice(0, LONGEST_LABEL) };
}

const LONGEST_LABEL = 100;

function fullLabelOf(property: CardProperty, card: Card): string {
  const custom = property.group && card.properties.find(({ group, name }) => group === property.group && name === 'X-ABLABEL')?.value;
  const types = (property.parameters.get('TYPE') ?? []).filter((type) => type !== '' && !NOT_LABELS.has(type.toUpperCase()));
  return (custom ? unescapeText(custom).replace(/^_\$!<(.*)>!\$_$/, '$1') : types.join(' ').toLowerCase()).trim();
}
