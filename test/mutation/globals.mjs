// What stands in for `@jest/globals` in unit specs: it collects the tests, so that one process runs them again and again.
export { expect } from 'expect';

export const tests = [];
const titles = [];

const each = (define) => (cases) => (title, body) => {
  for (const [place, given] of cases.entries()) define(`${title} (${place})`, () => body(...(Array.isArray(given) ? given : [given])));
};

export const describe = (title, body) => {
  titles.push(title);
  body();
  titles.pop();
};
describe.each = each(describe);

export const it = (title, body) => {
  tests.push({ id: String(tests.length), name: [...titles, title].join(' '), body });
};
it.each = each(it);
