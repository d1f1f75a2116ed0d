/** Enough of a shell to run the examples of the pages: quotes, variables, comments, lines that go on after a backslash. */
export const commandsOf = (block: string): readonly string[] =>
  block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const word = /\s*(#.*$|(?:"(?:[^"\\]|\\.)*"|'[^']*'|<[^>]*>|[^\s"'<])+)/y;

/** The words of a command without its comment; `$name` stands for the variable, except between single quotes. */
export const wordsOf = (line: string, variables: Readonly<Record<string, string>>): readonly string[] => {
  const words: string[] = [];
  word.lastIndex = 0;
  for (let found = word.exec(line); found !== null; found = word.exec(line)) {
    if (found[1]!.startsWith('#')) break;
    words.push(
      found[1]!.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"']+)/g, (_, double?: string, single?: string, bare?: string) =>
        single !== undefined ? single : expanded(double ?? bare ?? '', variables),
      ),
    );
  }
  return words;
};

const expanded = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole);
