// What stands in for `@jest/globals` in unit specs: it collects the tests, so that one process runs them again and again.
export { expect } from 'expect';

export const tests = [];
/** What is being described, from the outside in; the outermost is the spec file. */
const blocks = [];

/** Loads a spec file, whose hooks are for its own tests. */
export const load = async (url) => {
  blocks.push({ title: '', before: [], after: [] });
  await import(url);
  blocks.pop();
};

const each = (define) => (cases) => (title, body) => {
  for (const [place, given] of cases.entries()) define(`${title} (${place})`, () => body(...(Array.isArray(given) ? given : [given])));
};

export const describe = (title, body) => {
  blocks.push({ title, before: [], after: [] });
  body();
  blocks.pop();
};
describe.each = each(describe);
describe.skip = () => {};

export const beforeEach = (body) => blocks.at(-1).before.push(body);
export const afterEach = (body) => blocks.at(-1).after.push(body);
// What is prepared once for a block was prepared by the code of another change: it is prepared again for each test.
export const beforeAll = beforeEach;
export const afterAll = afterEach;

export const it = (title, body) => {
  const around = [...blocks];
  tests.push({
    id: String(tests.length),
    name: [...around.map((block) => block.title), title].join(' ').trim(),
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
