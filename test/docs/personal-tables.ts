import { IN_FIELDS, markedMembers, plainMembers } from '#relationship/kernel/personal.js';

type Definitions = readonly { readonly type: string; readonly schema: object }[];

const code = (text: string) => `\`${text}\``;

/** The rows of the table of what is personal. */
export const personalRows = (definitions: Definitions): readonly string[] =>
  definitions.flatMap(({ type, schema }) => {
    const members = markedMembers(schema).map(
      ([pointer, { [IN_FIELDS]: fields }]) => `${code(pointer.slice(1))}${fields ? ` (of ${fields.map(code).join(', ')})` : ''}`,
    );
    return members.length === 0 ? [] : [`| ${code(type)} | ${members.join(', ')} |`];
  });

/** The rows of the table of why the rest is not, but for ids: a member is named with its event where it is not the same everywhere. */
export const plainRows = (definitions: Definitions): readonly string[] => {
  const all = definitions.flatMap(({ type, schema }) => [
    ...plainMembers(schema).map(([pointer, why]) => ({ type, member: pointer.slice(1), why })),
    ...markedMembers(schema).map(([pointer]) => ({ type, member: pointer.slice(1), why: 'personal' })),
  ]);
  const isOneThing = (member: string) => new Set(all.flatMap((each) => (each.member === member ? [each.why] : []))).size === 1;
  const byReason = Map.groupBy(
    all.filter(({ why }) => why !== 'personal' && !why.startsWith('an id')),
    ({ why }) => why,
  );
  return [...byReason].map(([why, members]) => {
    const named = new Set(members.map(({ type, member }) => code(isOneThing(member) ? member : `${type}/${member}`)));
    return `| ${why} | ${[...named].join(', ')} |`;
  });
};
