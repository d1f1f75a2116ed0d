import type { PolicyDocuments, PolicyName } from './policy.js';

/** One thing that is wrong with a policy document: where, and what would be right. */
export interface DocumentFault {
  /** As in `stages[2]` or `reasons[0].code`; `document` for the whole. */
  readonly path: string;
  readonly message: string;
}

type Rule = (value: unknown, path: string) => readonly DocumentFault[];
type Rules<Document> = { readonly [Member in keyof Document]-?: Rule };

/** Everything that is wrong with a document; none where it may be published. */
export const faultsOf = (name: PolicyName, document: unknown): readonly DocumentFault[] => object<object>(rules[name])(document, '');

const fault = (path: string, message: string): readonly DocumentFault[] => [{ path: path || 'document', message }];

const flag: Rule = (value, path) => (typeof value === 'boolean' ? [] : fault(path, 'must be true or false'));

const number =
  (least: number, most: number): Rule =>
  (value, path) =>
    typeof value === 'number' && value >= least && value <= most ? [] : fault(path, `must be a number from ${least} to ${most}`);

const whole =
  (least: number, most: number): Rule =>
  (value, path) =>
    Number.isInteger(value) && number(least, most)(value, path).length === 0
      ? []
      : fault(path, `must be a whole number from ${least} to ${most}`);

/** As it stands in events, so never longer than a `word` there. */
const code =
  (...reserved: readonly string[]): Rule =>
  (value, path) => {
    if (typeof value !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value) || value.length > 100)
      return fault(path, 'must be a code of 1 to 100 small letters, digits and single hyphens');
    return reserved.includes(value) ? fault(path, `must not be ${value}, which is reserved`) : [];
  };

const list =
  (most: number, rule: Rule, keyOf: (item: unknown) => unknown = (item) => item): Rule =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < 1 || value.length > most) return fault(path, `must be a list of 1 to ${most}`);
    const keys = value.map(keyOf);
    return value.flatMap((item, index) => [
      ...rule(item, `${path}[${index}]`),
      ...(keys.indexOf(keys[index]) < index ? fault(`${path}[${index}]`, 'must not repeat an earlier one') : []),
    ]);
  };

const object =
  <Document>(members: Rules<Document>): Rule =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fault(path, 'must be an object');
    const prefix = path ? `${path}.` : '';
    const given = value as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(given).filter((name) => !Object.hasOwn(members, name));
    return [
      ...Object.entries<Rule>(members).flatMap(([name, rule]) => rule(given[name], `${prefix}${name}`)),
      ...unknown.flatMap((name) => fault(`${prefix}${name}`, `is unknown; known are ${Object.keys(members).join(', ')}`)),
    ];
  };

const reason: Rule = (value, path) => {
  const faults = object<{ code: string; needsNote: boolean }>({ code: code(), needsNote: flag })(value, path);
  const { code: given, needsNote } = (value ?? {}) as { readonly code?: unknown; readonly needsNote?: unknown };
  return given === 'other' && needsNote === false ? [...faults, ...fault(`${path}.needsNote`, 'must be true for other')] : faults;
};

const DAYS = whole(1, 36_500);
const MINUTES_OF_A_YEAR = 525_600;

const rules: { readonly [Name in PolicyName]: Rules<PolicyDocuments[Name]> } = {
  funnel: { stages: list(50, code('won', 'lost')), maySkip: flag, mayGoBack: flag },
  ladder: {
    clientPurchaseDays: whole(1, 1000),
    clientWithinDays: DAYS,
    clientIntervalFactor: number(0, 1000),
    supporterCsat: whole(1, 5),
    supporterNps: whole(0, 10),
    supporterWithinDays: DAYS,
    lapseStepDays: DAYS,
  },
  cadence: { existingPerYear: number(0.01, 366), potentialPerYear: number(0.01, 366) },
  'loss-reasons': { reasons: list(200, reason, (item) => (item as { code?: unknown } | null)?.code) },
  channels: { channels: list(200, code()), purposes: list(200, code()) },
  overdue: { promiseGraceMinutes: whole(0, MINUTES_OF_A_YEAR), contactGraceMinutes: whole(0, MINUTES_OF_A_YEAR) },
};
