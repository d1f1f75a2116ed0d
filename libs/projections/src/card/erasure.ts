import { type IdMap, idEntries, setId } from '#relationship/kernel/id-map.js';
import type { CardDocument } from './document.js';

/** Free texts of open work go too; that the work is open stays. */
export const withoutPersonalText = (card: CardDocument): CardDocument => ({
  ...card,
  deals: changed(card.deals, ({ title: _, ...deal }) => deal),
  promises: changed(card.promises, ({ text: _, ...promise }) => promise),
  complaints: changed(card.complaints, ({ summary: _, ...complaint }) => complaint),
  planned: changed(card.planned, ({ summary: _, ...contact }) => contact),
});

function changed<Value>(map: IdMap<Value>, change: (value: Value) => Value): IdMap<Value> {
  return idEntries(map).reduce((all, [id, value]) => setId(all, id, change(value)), map);
}
