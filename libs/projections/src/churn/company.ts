import { ORIGIN } from '#event-log/event-log.js';
import type { PolicyHistory } from '#relationship/facts.js';
import { dayNumber, dayOf } from '../days.js';
import type { QueryContext } from '../view-reader.js';
import { type DayFigures, figuresOfDay } from './day-figures.js';
import { type Everyone, readEveryone, withChanges } from './everyone.js';

/** A large company's figures may be so old. */
const LONGEST_MS = 60_000;
/** A company of as many customers is read anew whenever something was recorded. */
const SMALL = 2_000;
/** Repairs change documents without an event. */
const READ_ANEW_MS = 600_000;
const DAYS_KEPT = 4;

interface Kept {
  readonly everyone: Everyone;
  readonly days: Map<string, { readonly day: number; readonly policies: PolicyHistory; readonly figures: Promise<DayFigures> }>;
}

/**
 * @param small see `SMALL`
 * @param clock milliseconds
 */
export const createCompany = (small = SMALL, clock = () => performance.now()) => {
  let kept: Kept | undefined;
  let [readAt, currentAt] = [0, 0];
  let renewing: Promise<Kept> | undefined;

  function figuresOf({ everyone, days }: Kept, policies: PolicyHistory, day: number): Promise<DayFigures> {
    const key = [day, policies.cadence.length, policies.ladder.length].join('|');
    const found = days.get(key) ?? { day, policies, figures: figuresOfDay(everyone, policies, day) };
    days.delete(key);
    days.set(key, found);
    for (const oldest of [...days.keys()].slice(0, -DAYS_KEPT)) days.delete(oldest);
    return found.figures;
  }

  async function renew(context: QueryContext, former: Kept | undefined): Promise<Kept> {
    const since = clock();
    const isLarge = former !== undefined && former.everyone.customers.length > small;
    const changed = isLarge && since - readAt < READ_ANEW_MS ? await withChanges(context, former.everyone) : undefined;
    const next: Kept = { everyone: changed ?? (await readEveryone(context)), days: new Map() };
    if (isLarge) for (const { policies, day } of former.days.values()) await figuresOf(next, policies, day);
    kept = next;
    currentAt = since;
    if (!changed) readAt = since;
    return next;
  }

  async function present(context: QueryContext): Promise<Kept> {
    const position = await context.reader.checkpoint('churn');
    for (;;) {
      const age = clock() - currentAt;
      const { customers = [], position: reached = ORIGIN } = kept?.everyone ?? {};
      const mayBeOld = customers.length > small && age < LONGEST_MS && reached >= (context.minPosition ?? ORIGIN);
      if (kept && (reached === position || (mayBeOld && age < LONGEST_MS / 2))) return kept;
      renewing ??= renew(context, kept).finally(() => {
        renewing = undefined;
      });
      if (kept && mayBeOld) {
        // Whoever has to wait for the next attempt is told.
        renewing.catch(() => undefined);
        return kept;
      }
      const renewed = await renewing;
      // One that was under way already may have begun before.
      if (renewed.everyone.position >= position) return renewed;
    }
  }

  return async (context: QueryContext, asOf: string): Promise<DayFigures> =>
    figuresOf(await present(context), context.policies, dayNumber(dayOf(asOf)));
};

/** Of all customers as of the end of the UTC day of `asOf`; made once for all who ask, and of a large company up to 60 s old. */
export const companyFigures = (context: QueryContext, asOf: string): Promise<DayFigures> =>
  context.reader.kept('churn', () => createCompany())(context, asOf);
