import type { Since } from '../kernel/valid-time.js';

/** A merge into another customer; `null` takes one back. */
export interface Merge extends Since {
  readonly into: string | null;
}

/**
 * The merge by which a record ceased to be a customer of its own, of merges and unmerges in order of time. A merge that was undone never was,
 * so that merge and unmerge change nothing, whichever of them the clocks put first.
 */
export const mergeInForce = <Turn extends Pick<Merge, 'into'>>(turns: readonly Turn[]): (Turn & { readonly into: string }) | undefined => {
  const merges: (Turn & { readonly into: string })[] = [];
  let undone = 0;
  for (const turn of turns) {
    if (isMerge(turn)) {
      if (undone > 0) undone--;
      else merges.push(turn);
    } else if (!merges.pop()) undone++;
  }
  return merges[0];
};

const isMerge = <Turn extends Pick<Merge, 'into'>>(turn: Turn): turn is Turn & { readonly into: string } => turn.into !== null;
