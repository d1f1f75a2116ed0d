import type { Series } from '../projection.js';
import type { ChurnFigures } from './figures.js';
import { type RfmScale, rfmOf } from './rfm.js';

/** All that a customer counts in of the distribution of the company. */
export const placesOf = (figures: ChurnFigures, scale: RfmScale): readonly Series[] => {
  const scores = rfmOf(figures, scale);
  const places: Series[] = [{ measure: 'customers' }, { measure: 'risk', risk: figures.risk }];
  if (!scores) return places;
  places.push({ measure: 'recency', score: String(scores.recency) }, { measure: 'frequency', score: String(scores.frequency) });
  for (const [currency, score] of Object.entries(scores.monetary)) {
    places.push({ measure: 'monetary', currency, score: String(score) });
    places.push({ measure: 'cells', currency, cell: `${scores.recency}${scores.frequency}${score}` });
  }
  return places;
};
