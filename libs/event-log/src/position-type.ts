/**
 * A position in the global order: 20 digits, or on a server four characters of the log and 40 digits, that sort as a string. Opaque to everyone but
 * the adapter that made it: it may leave gaps of any size, so the difference of two says nothing, and one more or less need not be a position.
 */
export type Position = string & { readonly __brand: 'Position' };

/** Before the first event. */
export const ORIGIN = '00000000000000000000' as Position;
export const POSITION_PATTERN = '^(\\d{20}|[a-z][a-z0-9]{3}\\d{40})$';
export const isPosition = (text: string): text is Position => new RegExp(POSITION_PATTERN).test(text);

/** Whether a position may be one of the log that ends at `head`: nothing can be said of it by that of an empty log. */
export const isOfSameLog = (position: Position, head: Position): boolean =>
  position === ORIGIN || head === ORIGIN || identityIn(position) === identityIn(head);
const identityIn = (position: string): string => (/^\d/.test(position) ? '' : position.slice(0, 4));

/** What a position turns into where somebody makes a number of it: nothing that compiles with arithmetic. */
interface PositionIsOpaque {
  readonly positionIsOpaque: true;
}
/** No `any`, which goes on as before. */
type OfPosition<Given> = Given & (0 extends 1 & Given ? never : Position);

// The second signature of each is that of the library: of a function that is passed on the last one counts.
declare global {
  interface NumberConstructor {
    <Given extends Position>(position: OfPosition<Given>): PositionIsOpaque;
    (value?: unknown): number;
    parseInt<Given extends Position>(position: OfPosition<Given>, radix?: number): PositionIsOpaque;
    parseFloat<Given extends Position>(position: OfPosition<Given>): PositionIsOpaque;
  }
  interface BigIntConstructor {
    <Given extends Position>(position: OfPosition<Given>): PositionIsOpaque;
    (value: bigint | boolean | number | string): bigint;
  }
}
