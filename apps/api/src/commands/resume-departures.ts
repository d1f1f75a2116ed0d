import { shownAt } from '#relationship';
import type { ApiServices } from '../api-services.js';

/**
 * Goes on with departures that ended with the process, and hands over what was given to a curator by whoever did not know of the departure.
 * For that alone nobody searches the whole log: where the views are still to be built it is listed as nobody's until the next start.
 */
export const resumeDepartures = async ({
  curators,
  departures,
  reader,
  logger,
  clock,
}: Pick<ApiServices, 'curators' | 'departures' | 'reader' | 'logger' | 'clock'>): Promise<void> => {
  const areBuilt = () =>
    Promise.all(['card', 'desk'].map((view) => reader.collections(view))).then(
      () => true,
      () => false,
    );
  for (const curator of curators.current().values()) {
    const { curatorId } = curator;
    const { to, departedAt } = shownAt(curator, clock()) ?? {};
    if (to === undefined || (departedAt !== undefined && !(await areBuilt()))) continue;
    await departures.resume(curatorId).catch((error) => logger.error({ err: error, curatorId }, 'a departure cannot continue'));
  }
};
