/**
 * Where a text stops being JSON (RFC 8259): the index of the first character that does not fit, the length of the text where it
 * ends too early, undefined where it is JSON. Only asked once a parser has rejected, so it may take its time.
 */
export const findJsonFault = (text: string): number | undefined => {
  const scanner = { text, at: 0 };
  const open: ('}' | ']')[] = [];
  let expect: 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' = 'value';
  for (;;) {
    skip(scanner, whitespace);
    const character = text[scanner.at];
    if (expect === 'comma-or-end' && open.length === 0) return character === undefined ? undefined : scanner.at;
    if (character === undefined) return scanner.at;
    if (expect !== 'value' && expect !== 'key' && character === open.at(-1)) {
      scanner.at += 1;
      open.pop();
      expect = 'comma-or-end';
    } else if (expect === 'comma-or-end') {
      if (character !== ',') return scanner.at;
      scanner.at += 1;
      expect = open.at(-1) === '}' ? 'key' : 'value';
    } else if (expect === 'key' || expect === 'key-or-end') {
      if (character !== '"' || !skip(scanner, string)) return faultInside(scanner);
      skip(scanner, whitespace);
      if (text[scanner.at] !== ':') return scanner.at;
      scanner.at += 1;
      expect = 'value';
    } else if (character === '{' || character === '[') {
      scanner.at += 1;
      open.push(character === '{' ? '}' : ']');
      expect = character === '{' ? 'key-or-end' : 'value-or-end';
    } else if (skip(scanner, string) || skip(scanner, scalar)) {
      expect = 'comma-or-end';
    } else {
      return faultInside(scanner);
    }
  }
};

interface Scanner {
  readonly text: string;
  at: number;
}

const whitespace = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string
const stringBegun = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

const skip = (scanner: Scanner, token: RegExp): boolean => {
  token.lastIndex = scanner.at;
  if (!token.test(scanner.text)) return false;
  scanner.at = token.lastIndex;
  return true;
};

const faultInside = (scanner: Scanner): number => {
  skip(scanner, stringBegun);
  return scanner.at;
};
