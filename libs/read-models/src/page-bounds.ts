/** Of the bodies of a page, as JSON: it ends before the document that would pass them, and has one at least. */
const PAGE_CHARACTERS = 4_000_000;

/** Takes documents in their order until the page is full; `take` answers false for the first that is left to the next page. */
export const createPage = <Row>(limit: number, charactersOf: (row: Row) => number) => {
  const rows: Row[] = [];
  let characters = 0;
  return {
    rows: rows as readonly Row[],
    take(row: Row): boolean {
      characters += charactersOf(row);
      if (rows.length === limit || (rows.length > 0 && characters > PAGE_CHARACTERS)) return false;
      rows.push(row);
      return true;
    },
  };
};
