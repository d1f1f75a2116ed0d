import { Problem } from '#platform';

/** @throws Problem `not-found` */
export const found = <Answer>(answer: Answer | undefined): Answer => {
  if (answer === undefined) throw new Problem('not-found');
  return answer;
};
