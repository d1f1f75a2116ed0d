/** Undoes the backslashes of a value: RFC 6350 3.4, RFC 2426 5. In 2.1 only `\;` is an escape, but exporters write the others too. */
export function unescapeText(value: string): string {
  return value.replace(/\\(\r\n|[\s\S])/g, (_, escaped: string) => (escaped === 'n' || escaped === 'N' ? '\n' : escaped));
}

/** The components of N, ORG and ADR, unescaped. */
export function components(value: string): readonly string[] {
  return splitUnescaped(value, ';').map((part) => unescapeText(part).trim());
}

/** The members of a list such as NICKNAME or CATEGORIES. */
export function listed(value: string): readonly string[] {
  return splitUnescaped(value, ',')
    .map((part) => unescapeText(part).trim())
    .filter((part) => part !== '');
}

function splitUnescaped(value: string, separator: string): readonly string[] {
  const parts: string[] = [''];
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] as string;
    if (character === '\\' && at + 1 < value.length) {
      parts[parts.length - 1] += character + value[at + 1];
      at += 1;
    } else if (character === separator) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
