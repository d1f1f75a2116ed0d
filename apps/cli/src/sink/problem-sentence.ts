import type { Outcome } from './command-sink.js';

/** The members of problem details (RFC 9457) that a person is shown. */
export interface ShownProblem {
  readonly type: string;
  readonly title: string;
  readonly status?: number;
  readonly detail?: string | undefined;
  readonly errors?: unknown;
}

/** Names the members that are wrong, where the problem does. */
export function inSentence({ title, detail, errors }: ShownProblem): string {
  const fields = Array.isArray(errors)
    ? errors.map((error: { pointer?: string; parameter?: string; detail?: string }) => `${where(error)} ${error.detail ?? ''}`.trim())
    : [];
  return fields.length > 0 ? fields.join('; ') : (detail ?? title);
}

const where = ({ pointer, parameter }: { pointer?: string; parameter?: string }) =>
  parameter ?? (pointer?.replace(/^\//, '').replaceAll('/', '.') || 'the body');

/** What became of a command that was answered with a problem. */
export const rejected = (problem: ShownProblem): Outcome => {
  const code = codeOf(problem.type);
  return code === 'events-withheld' ? { kind: 'withheld' } : { kind: 'rejected', code, message: inSentence(problem) };
};

/** `…/problems/deal-closed` is the code `deal-closed`. */
export const codeOf = (type: string) => type.slice(type.lastIndexOf('/') + 1);
