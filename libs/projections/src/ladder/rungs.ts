/** Payne et al. (1997). In order: rung n needs rung n − 1. */
export const rungs = ['prospect', 'purchaser', 'client', 'supporter', 'advocate', 'partner'] as const;
export type Rung = (typeof rungs)[number];
export const rungName = (height: number): Rung => rungs[height]!;
