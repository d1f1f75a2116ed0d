import { ORIGIN } from '#event-log/event-log.js';
import type { PolicyHistory } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { contentsOf } from '../shared/documents.js';
import type { QueryContext } from '../view-reader.js';
import { type DayFigures, figuresOfDay } from './day-figures.js';
import { type Everyone, readEveryone, withChanges } from './everyone.js';

/** A large company's figures may be so old. */
const LONGEST_MS = 60_000;
/** Of more numbers than this, some 20,000 purchases. */
const LARGE = 100_000;
const DAYS_KEPT = 4;

interface Kept {
  readonly everyone: Everyone;
  /** Those of the view that everyone was read from. */
  readonly contents: string;
  readonly days: Map<string, { readonly day: number; readonly policies: PolicyHistory; readonly figures: Promise<DayFigures> }>;
}

/**
 * @param large see `LARGE`
 * @param clock milliseconds
 */
export const createCompany = (large = LARGE, clock = () => performance.now()) => {
  let kept: Kept | undefined;
  let currentAt = 0;
  let renewing: Promise<Kept> | undefined;

  function figuresOf({ everyone, days }: Kept, policies: PolicyHistory, day: number): Promise<DayFigures> {
    const key = [day, policies.cadence.length, policies.ladder.length].join('|');
    const found = days.get(key) ?? { day, policies, figures: figuresOfDay(everyone, policies, day) };
    days.delete(key);
    days.set(key, found);
    for (const oldest of [...days.keys()].slice(0, -DAYS_KEPT)) days.delete(oldest);
    return found.figures;
  }

  async function renew(context: QueryContext): Promise<Kept> {
    const since = clock();
    // Before anything is read: what changes meanwhile is read by the next.
    const contents = await contentsOf(context, 'churn');
    const changed = kept?.contents === contents ? await withChanges(context, kept.everyone) : undefined;
    kept = { everyone: changed ?? (await readEveryone(context)), contents, days: new Map() };
    currentAt = since;
    return kept;
  }

  /** What was asked of the former is computed before it is asked of the next, the latest first. */
  async function prepare(next: Kept, former: Kept): Promise<void> {
    if (next.contents !== former.contents) return;
    for (const { policies, day } of [...former.days.values()].reverse()) if (kept === next) await figuresOf(next, policies, day);
  }

  async function present(context: QueryContext): Promise<Kept> {
    const [position, contents] = await Promise.all([context.reader.checkpoint('churn'), contentsOf(context, 'churn')]);
    const isCurrent = (of: Kept) => of.contents === contents && of.everyone.position >= position;
    for (;;) {
      const former = kept;
      const age = clock() - currentAt;
      const { numbers = [], position: reached = ORIGIN } = former?.everyone ?? {};
      // Its age excuses what it does not know yet, never that it was made from another build, or of the days of another zone.
      const mayBeOld =
        former?.contents === contents && numbers.length > large && age < LONGEST_MS && reached >= (context.minPosition ?? ORIGIN);
      if (former && (isCurrent(former) || (mayBeOld && age < LONGEST_MS / 2))) return former;
      const isUnderWay = renewing !== undefined;
      renewing ??= renew(context).finally(() => {
        renewing = undefined;
      });
      if (former && mayBeOld) {
        // Whoever has to wait for the next attempt gets the error.
        if (!isUnderWay) renewing.then((next) => prepare(next, former)).catch(() => undefined);
        return former;
      }
      const renewed = await renewing;
      // One that was under way already may have started before.
      if (!isUnderWay || isCurrent(renewed)) return renewed;
    }
  }

  return async (context: QueryContext, asOf: string): Promise<DayFigures> =>
    figuresOf(await present(context), context.policies, calendarOf(context.policies).dayNumber(asOf));
};

/** Of all customers as of the end of the day of `asOf`; made once for all who ask, and of a large company up to 60 s old. */
export const companyFigures = (context: QueryContext, asOf: string): Promise<DayFigures> =>
  context.reader.kept('churn', () => createCompany())(context, asOf);
