/** What one round took: of the clock, and of this process. */
export interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Beside other work on the machine the clock says little; the processor's time says what the work itself needs. */
export const stopwatch = (): (() => Taken) => {
  const [start, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - start) / 1_000, cpuSeconds: (user + system) / 1e6 };
  };
};

/** Both in turns, so that what the machine does meanwhile hits both; answers the sums. */
export const inTurns = async (
  rounds: number,
  ours: () => Promise<Taken>,
  bare: () => Promise<Taken>,
): Promise<{ readonly ours: Taken; readonly bare: Taken }> => {
  const taken = { ours: [] as Taken[], bare: [] as Taken[] };
  for (let round = 0; round < rounds; round++) {
    taken.bare.push(await bare());
    taken.ours.push(await ours());
  }
  return { ours: added(taken.ours), bare: added(taken.bare) };
};

const added = (all: readonly Taken[]): Taken => ({
  seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
  cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
});
