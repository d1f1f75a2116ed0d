import { projections } from '#projections';
import { readAlias } from '#projections/runner/aliases.js';
import type { ReadModelStore } from '#read-models';
import { viewContents } from '#testing/view-contents.js';

const days = ['2024-06-30', '2025-06-30', '2030-01-01'];

export type ViewParts = readonly (readonly [name: string, content: unknown])[];

/** Everything that these views hold, in parts that can be told apart by name. */
export async function viewParts(store: ReadModelStore, of: readonly { readonly name: string }[] = projections): Promise<ViewParts> {
  const views = of.map(async ({ name }) => {
    const all = await viewContents(store, (await readAlias(store, name)).current!, days);
    return Object.entries(all).map(([part, content]) => [`${name}.${part}`, content] as const);
  });
  return (await Promise.all(views)).flat();
}

/** Names of the parts that are not the same: a test that printed them whole would print a company. */
export function unlike(a: ViewParts, b: ViewParts, same: (a: unknown, b: unknown) => boolean): readonly string[] {
  expect(a.map(([name]) => name)).toEqual(b.map(([name]) => name));
  return a.flatMap(([name, content], i) => (same(content, b[i]![1]) ? [] : [name]));
}
