import type { PolicyHistory } from '#relationship/facts.js';
import type { Chunks } from '../persistent/chunks.js';
import type { Part } from '../projection.js';
import { differing } from './differing.js';

/** What a part comes to, by piece and item; kept, so that what did not change need not be told again. */
export interface ToldPart<Made> {
  readonly dependsOn: readonly unknown[];
  readonly items: Chunks<unknown>;
  readonly made: readonly MadeOfPiece<Made>[];
}

/** By item. */
export type MadeOfPiece<Made> = readonly (readonly Made[])[];

/** The part as it was told before where nothing of it changed. */
export function tell<Made>(
  parts: readonly Part<unknown, Made>[],
  document: unknown,
  policies: PolicyHistory,
  before?: readonly ToldPart<Made>[],
): readonly ToldPart<Made>[] {
  return parts.map((part, i) => tellPart(part, document, policies, before?.[i]));
}

const WHOLE = [[undefined]];

function tellPart<Made>(
  part: Part<unknown, Made>,
  document: unknown,
  policies: PolicyHistory,
  before: ToldPart<Made> | undefined,
): ToldPart<Made> {
  const dependsOn = part.dependsOn(document);
  const former = before && dependsOn.every((member, i) => member === before.dependsOn[i]) ? before : undefined;
  if (!part.items) return former ?? { dependsOn, items: WHOLE, made: [[part.of(document, policies, undefined)]] };
  const items = part.items(document);
  const tellItem = (item: unknown) => part.of(document, policies, item);
  if (!former) return { dependsOn, items, made: items.map((piece) => piece.map(tellItem)) };
  const made = items.map((piece, i) => tellPiece(piece, tellItem, former.items[i] ?? [], former.made[i] ?? []));
  return made.length === former.made.length && made.every((piece, i) => piece === former.made[i]) ? former : { dependsOn, items, made };
}

/** As it was told before where all its items are the same. */
function tellPiece<Made>(
  items: readonly unknown[],
  tellItem: (item: unknown) => readonly Made[],
  former: readonly unknown[],
  told: MadeOfPiece<Made>,
): MadeOfPiece<Made> {
  if (items === former) return told;
  const { start, endBefore, endAfter } = differing(former, items, (a, b) => a === b);
  if (start === endBefore && start === endAfter) return told;
  const made = told.slice(0, start);
  for (let i = start; i < endAfter; i++) made.push(tellItem(items[i]));
  for (let i = endBefore; i < former.length; i++) made.push(told[i]!);
  return made;
}
