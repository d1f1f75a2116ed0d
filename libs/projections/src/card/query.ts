import { answering, documentAt } from '../reading.js';
import { absorbedInto, whileUnbuilt } from '../unbuilt.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { cardOf } from './answer.js';
import type { CustomerCardAnswer } from './answer-schema.js';
import { countryOf } from './normalise.js';
import { cardProjection } from './projection.js';

/** Undefined for a customer of whom nothing is known. Time travel folds the customer's stream. */
export const customerCard = async (
  given: QueryContext,
  params: TimeTravel & { readonly customerId: string },
): Promise<CustomerCardAnswer | undefined> => {
  const { context, times } = answering(given, params);
  const { customerId } = params;
  const [card, aliases] = await Promise.all([
    documentAt(context, cardProjection, customerId, params),
    whileUnbuilt(
      context.reader
        .documents('card', { where: { mergedInto: customerId }, limit: 1000 })
        .then(({ documents }) => documents.map(({ key }) => key)),
      () => absorbedInto(context, customerId),
    ),
  ]);
  if (!card) return undefined;
  return { ...times, ...cardOf(card, times.asOf, countryOf(context.policies)), revision: card.revision, aliases };
};
