/** One measured number. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the machine itself allows, measured in the same run and in the same unit. */
  readonly limit?: number;
  /** `value / limit`. */
  readonly ratio?: number;
  /** What has to be reached, in words. */
  readonly goal?: string;
  readonly holds?: boolean;
}

export type Report = (measure: Measure) => void;

/** One JSON line a measure, so that runs can be compared by a machine as well as by eye. */
export const printReport: Report = (measure) => {
  console.log(JSON.stringify({ ...measure, value: round(measure.value), limit: round(measure.limit), ratio: round(measure.ratio) }));
};

function round(value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
}
