// What stands in for `@jest/globals` in unit specs: it collects the tests, so that one process runs them again and again.
export { expect } from 'expect';

export const tests = [];
/** What is being described, from the outside in. */
const blocks = [];

const each = (define) => (cases) => (title, body) => {
  for (const [place, given] of cases.entries()) define(`${title} (${place})`, () => body(...(Array.isArray(given) ? given : [given])));
};

export const describe = (title, body) => {
  blocks.push({ title, before: [], after: [] });
  body();
  blocks.pop();
};
describe.each = each(describe);

export const beforeEach = (body) => blocks.at(-1).before.push(body);
export const afterEach = (body) => blocks.at(-1).after.push(body);

export const it = (title, body) => {
  const around = [...blocks];
  tests.push({
    id: String(tests.length),
    name: [...around.map((block) => block.title), title].join(' '),
    async body() {
      for (const before of around.flatMap((block) => block.before)) await before();
      try {
        await body();
      } finally {
        for (const after of around.flatMap((block) => block.after)) await after();
      }
    },
  });
};
it.each = each(it);
