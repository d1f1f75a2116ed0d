import fc from 'fast-check';
import { relationshipEvents } from '#relationship';
import { arbitraryHistory } from './arbitrary-history.js';
import type { StoryEvent } from './customer-story.js';

export interface CorrectedStory {
  /** With mistakes, which are retracted or replaced later on. */
  readonly recorded: readonly StoryEvent[];
  /** The same, recorded right in the first place. */
  readonly right: readonly StoryEvent[];
}

type Data = Readonly<Record<string, unknown>>;
const retractions = new Map(
  relationshipEvents.flatMap((event) =>
    'retraction' in event && event.retraction ? [[event.type as string, event.retraction] as const] : [],
  ),
);

const itemsIn = ({ type, data }: StoryEvent, of: 'creates' | 'refersTo'): readonly string[] =>
  Object.entries(retractions.get(type)?.[of] ?? {}).flatMap(([kind, pointer]) => {
    const id = pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((value, name) => (value as Data | undefined)?.[name], data);
    return typeof id === 'string' ? [`${kind} ${id}`] : [];
  });

const mistake = fc.record({ after: fc.nat(), which: fc.nat(), like: fc.nat(), isReplaced: fc.boolean(), minutes: fc.nat(40_000) });

/** What it should have said: of the same things, otherwise as another event of its type says. */
function replacementOf(wrong: StoryEvent, { data }: StoryEvent, minutes: number, id: string): StoryEvent {
  const ids = Object.entries(wrong.data as Data).filter(([name]) => /Id$|^regarding$/.test(name));
  const at = new Date(Date.parse(wrong.at) - minutes * 60_000 - 1).toISOString();
  return {
    ...wrong,
    id,
    at,
    data: { ...(data as Data), ...Object.fromEntries(ids), ...(wrong.type === 'curator-assigned' && { from: at }) },
  };
}

function corrected(
  story: readonly StoryEvent[],
  mistakes: readonly (typeof mistake extends fc.Arbitrary<infer Mistake> ? Mistake : never)[],
) {
  const recorded: StoryEvent[] = [];
  const right: (StoryEvent | undefined)[] = story.map((each) => each);
  const append = (event: StoryEvent): StoryEvent => {
    const known = `2026-03-${String(1 + Math.floor(recorded.length / 4)).padStart(2, '0')}`;
    recorded.push({ ...event, known });
    return { ...event, known };
  };
  const isFree = (event: StoryEvent) => {
    const created = new Set(itemsIn(event, 'creates'));
    return !right.some((other) => other && other !== event && itemsIn(other, 'refersTo').some((item) => created.has(item)));
  };
  for (const [place, event] of story.entries()) {
    right[place] = append(event);
    for (const [n, { after, which, like, isReplaced, minutes }] of mistakes.entries()) {
      if (after % story.length !== place) continue;
      const candidates = right.flatMap((each, at) =>
        each && at <= place && retractions.has(each.type) && (isReplaced || isFree(each)) ? [at] : [],
      );
      if (candidates.length === 0) continue;
      const at = candidates[which % candidates.length]!;
      const wrong = right[at]!;
      const others = story.filter(({ type }) => type === wrong.type);
      const replacement = isReplaced ? replacementOf(wrong, others[like % others.length]!, minutes, `right-${n}`) : undefined;
      const data = { eventId: wrong.id, reason: 'a mistake', ...(replacement && { replacedBy: replacement.id }) };
      append({ type: 'event-retracted', at: '2026-03-30T00:00:00.000Z', id: `retraction-${n}`, data });
      if (replacement) append(replacement);
      // As known since then as what it replaces.
      right[at] = replacement;
    }
  }
  return { recorded, right: right.flatMap((each) => each ?? []) };
}

/** A story of every kind of event, with mistakes in it that are corrected; what others depend on is never retracted. */
export const arbitraryCorrections: fc.Arbitrary<CorrectedStory> = fc
  .tuple(arbitraryHistory, fc.array(mistake, { minLength: 1, maxLength: 6 }))
  .map(([{ inOrder }, mistakes]) =>
    corrected(
      inOrder.filter(({ type }) => type !== 'event-retracted'),
      mistakes,
    ),
  );
