export { type FunnelCohort, type FunnelCohortsAnswer, type FunnelCohortsParams, funnelCohorts } from './cohorts-query.js';
export { type ConversionAnswer, type ConversionDimension, conversionBy } from './conversion-query.js';
export { type DealsAnswer, type DealsParams, dealSorts, deals } from './deals-query.js';
export { type Durations, type DurationsAnswer, dealDurations } from './durations-query.js';
export { type FunnelAnswer, type FunnelPortion, funnel, type StageNumbers } from './funnel-query.js';
export type { Portioning } from './grouped-sums.js';
export { type LossDimension, type LossGroup, type LossReasonsAnswer, type LossReasonsParams, lossReasons } from './loss-reasons-query.js';
export type { FlowNumbers, OutcomeNumbers } from './numbers.js';
