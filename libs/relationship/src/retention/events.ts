import { Type } from 'typebox';
import { code, event, instant, strict } from '../kernel/event.js';

const day = () => Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

export const retentionListed = event(
  'retention-listed',
  'By a rule of the policy `retention` the customer is due on `dueOn`, and is erased on `eraseOn`, at least 30 days after the listing, unless an event that the rule counts from comes before.',
  strict({
    code: code('the code of a rule'),
    policyVersion: Type.Integer({ minimum: 2 }),
    /** Of the last event that the rule counts from. */
    since: instant(),
    dueOn: day(),
    eraseOn: day(),
  }),
  { provided: [] },
);
