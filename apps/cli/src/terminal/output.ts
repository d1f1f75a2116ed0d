/** Standard output is for data alone; everything said to a person goes to standard error, over a progress that may be shown there. */
export const say = (line: string) => void process.stderr.write(`${process.stderr.isTTY ? '\u001b[K' : ''}${line}\n`);

/** Waits where the reader of a pipe is slower. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

export const printLine = (line: string) => print(`${line}\n`);

export const printJson = (value: unknown) => printLine(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined));
