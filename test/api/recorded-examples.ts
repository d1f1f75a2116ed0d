import { writeFileSync } from 'node:fs';

const MOST_LINES = 40;

/** Chooses of the answers of each operation the one that shows most, shortened. */
export const exampleRecorder = (file: string) => {
  const best = new Map<string, Map<number, { readonly example: unknown; readonly shown: number }>>();
  return {
    take(operationId: string, status: number, body: unknown): void {
      const example = shortened(body);
      const shown = valuesIn(example);
      const ofOperation = best.get(operationId) ?? new Map();
      best.set(operationId, ofOperation);
      if (shown > (ofOperation.get(status)?.shown ?? -1)) ofOperation.set(status, { example, shown });
    },
    write(): void {
      const inOrder = [...best].sort(([one], [other]) => (one < other ? -1 : 1));
      const examples = inOrder.map(([operationId, found]) => [
        operationId,
        Object.fromEntries([...found].map(([status, { example }]) => [status, example])),
      ]);
      writeFileSync(file, `${JSON.stringify(Object.fromEntries(examples), null, 2)}\n`);
    },
  };
};

/** Of every list the first item; of a long answer the lists deep in it are empty. */
const shortened = (body: unknown): unknown => {
  const cut = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return depth < 0 ? [] : value.slice(0, 1).map((item) => cut(item, depth - 1));
    if (typeof value === 'string') return value.replace(/^(letopis_[^_]+_).+$/, '$1secret');
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cut(member, depth - 1)]));
  };
  const depths = [9, 8, 7, 6, 5, 4, 3, 2, 1];
  const examples = depths.map((depth) => cut(body, depth));
  return examples.find((example) => JSON.stringify(example, null, 2).split('\n').length <= MOST_LINES) ?? examples.at(-1);
};

const valuesIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return value === null ? 0 : 1;
  return Object.values(value).reduce<number>((sum, member) => sum + valuesIn(member), 0);
};
