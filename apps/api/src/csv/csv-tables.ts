import type { ViewDefinition } from '../views/view-definition.js';
import type { CsvTable } from './csv-table.js';

type Schema = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/** A list on the way to a table, and the columns of its items. */
interface Level {
  readonly list: Path;
  readonly columns: readonly Path[];
}

/** All shapes that a schema allows. */
const shapesOf = (schema: Schema): readonly Schema[] => {
  const parts = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as readonly Schema[] | undefined;
  return parts === undefined ? [schema] : parts.flatMap(shapesOf);
};

const propertiesOf = (shapes: readonly Schema[]): readonly (readonly [string, readonly Schema[]])[] => {
  const properties = new Map<string, readonly Schema[]>();
  for (const { properties: own = {} } of shapes)
    for (const [name, schema] of Object.entries(own as Readonly<Record<string, Schema>>))
      properties.set(name, [...(properties.get(name) ?? []), ...shapesOf(schema)]);
  return [...properties];
};

const itemsOf = (shapes: readonly Schema[]): readonly Schema[] =>
  shapes.flatMap(({ items }) => (items === undefined ? [] : shapesOf(items as Schema)));

const isObject = (shapes: readonly Schema[]): boolean => shapes.some(({ properties }) => properties !== undefined);

/** Of several shapes the members of one would be lost in the columns of another. */
const isOneObject = (shapes: readonly Schema[]): boolean =>
  shapes.filter(({ type }) => type !== 'null').length === 1 &&
  shapes.some((each) => each.properties !== undefined && each.additionalProperties === false);

/** Members of an object down to what is no object, and its lists of objects. */
const membersOf = (
  shapes: readonly Schema[],
  at: Path = [],
): { readonly columns: readonly Path[]; readonly lists: readonly (readonly [Path, readonly Schema[]])[] } => {
  const columns: Path[] = [];
  const lists: (readonly [Path, readonly Schema[]])[] = [];
  for (const [name, schemas] of propertiesOf(shapes)) {
    const path = [...at, name];
    const items = itemsOf(schemas);
    if (isObject(items)) lists.push([path, items]);
    else if (isOneObject(schemas)) {
      const within = membersOf(schemas, path);
      columns.push(...within.columns);
      lists.push(...within.lists);
    } else columns.push(path);
  }
  return { columns, lists };
};

const tablesIn = (shapes: readonly Schema[], before: readonly Level[] = []): readonly CsvTable[] =>
  membersOf(shapes).lists.flatMap(([list, items]) => {
    const { columns, lists } = membersOf(items);
    const inner = lists.map(([path]) => path);
    // A list in an item is a cell of it, and its items are rows of a table of their own.
    const own = { list, columns: [...columns, ...inner] };
    return [tableOf([...before, own]), ...tablesIn(items, [...before, { list, columns }])];
  });

const tableOf = (levels: readonly Level[]): CsvTable => ({
  name: levels.flatMap(({ list }) => list).join('.'),
  header: levels.flatMap(({ list, columns }, depth) => columns.map((path) => [...(depth === 0 ? [] : list), ...path].join('.'))),
  rows: (body) => rowsOf(body, levels),
});

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((within: unknown, name) => (within as Readonly<Record<string, unknown>> | null | undefined)?.[name], value);

function* rowsOf(body: unknown, [level, ...deeper]: readonly Level[]): Generator<readonly unknown[]> {
  const { list, columns } = level!;
  for (const item of (valueAt(body, list) ?? []) as readonly unknown[]) {
    const cells = columns.map((path) => valueAt(item, path));
    if (deeper.length === 0) yield cells;
    else for (const others of rowsOf(item, deeper)) yield [...cells, ...others];
  }
}

/** Derived from the schema of the answer; none where a list has pages that nobody can go on from. */
export const csvTables = ({
  answers,
  parameters,
  tables,
}: Pick<ViewDefinition, 'answers' | 'parameters' | 'tables'>): readonly CsvTable[] =>
  tables ?? ('limit' in parameters && !('cursor' in parameters) ? [] : tablesIn(shapesOf(answers as unknown as Schema)));
