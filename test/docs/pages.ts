import { readdirSync, readFileSync } from 'node:fs';

export interface Page {
  readonly file: string;
  readonly text: string;
  /** Without code blocks. */
  readonly prose: string;
}

export interface CodeBlock {
  readonly info: string;
  readonly code: string;
}

const fence = /^```(.*)\n([\s\S]*?)^```$/gm;

const pageOf = (file: string): Page => {
  const text = readFileSync(file, 'utf8');
  return { file, text, prose: text.replace(fence, '') };
};

export const page = (name: string): Page => pageOf(`docs/${name}.md`);

export const pages: readonly Page[] = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].sort().map(pageOf);

export const blocksOf = ({ text }: Page): readonly CodeBlock[] =>
  [...text.matchAll(fence)].map(([, info, code]) => ({ info: info!, code: code! }));

/** What stands between single backquotes. */
export const codeSpansOf = ({ prose }: Page): readonly string[] => [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

export const linksOf = ({ prose }: Page): readonly string[] =>
  [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!).filter((target) => !/^\w+:/.test(target));

/** As GitHub makes them of the headings. */
export const anchorsOf = ({ prose }: Page): readonly string[] =>
  [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Cells of a column of the table that begins with this header, as they stand. */
export const columnOf = ({ text }: Page, header: string, column = 0): readonly string[] => {
  const [, rows] = text.split(new RegExp(`^\\| ${header} \\|.*\\n\\| ---.*\\n`, 'm'));
  if (rows === undefined) throw new Error(`There is no table | ${header} |`);
  const lines = rows.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) => line.split(/(?<!\\)\|/)[column + 1]!.trim());
};

export const namesIn = (cells: readonly string[]): readonly string[] =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
