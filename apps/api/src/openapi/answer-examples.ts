import { createRequire } from 'node:module';
import type { Operation } from './operation.js';

type Examples = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Real answers, shortened, by operation and status: `LETOPIS_EXAMPLES=write npm test -- test/api/answers` records them again. */
export const answerExamples: Examples = createRequire(import.meta.url)('./answer-examples.json');

interface Response {
  readonly content?: Readonly<Record<string, object>>;
}

/** The operation with an example of each answer that was recorded. */
export const withExamples = ({ operation, ...route }: Operation): Operation => {
  const { operationId, responses } = operation;
  const examples = answerExamples[operationId] ?? {};
  const shown = Object.entries(examples).flatMap(([status, example]) => {
    const response = responses[status] as Response | undefined;
    const json = response?.content?.['application/json'];
    return json ? [[status, { ...response, content: { ...response.content, 'application/json': { ...json, example } } }]] : [];
  });
  return { ...route, operation: { ...operation, responses: { ...responses, ...Object.fromEntries(shown) } } };
};
