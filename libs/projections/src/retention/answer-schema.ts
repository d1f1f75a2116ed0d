import { Type } from 'typebox';
import { retentionObstacles } from '#relationship/read-side.js';
import {
  count,
  curatorId,
  customerId,
  day,
  eventIds,
  instant,
  named,
  oneOf,
  orNull,
  presentTimes,
  strict,
  text,
} from '../answer-schema.js';

export const retentionSchema = named(
  'Retention',
  strict({
    ...presentTimes,
    customers: Type.Array(
      strict({
        customerId: customerId(),
        curatorId: orNull(curatorId('Responsible curator.')),
        code: text('Of the rule of the policy `retention`.'),
        since: instant('The last event that the rule counts from.'),
        dueOn: day('By the rule.'),
        eraseOn: day('First day on which the customer is erased: that of the rule, and at least 30 days after the listing.'),
        listedAt: instant(),
        obstacles: Type.Array(oneOf(retentionObstacles), {
          description:
            'Why the customer stays although it is due: a legal hold, a restriction, an open complaint, or an open request of erasure.',
        }),
        events: eventIds('The last event that the rule counts from, and the listing.'),
      }),
      { description: 'By `eraseOn`.' },
    ),
  }),
);

export const retentionPreviewSchema = named(
  'RetentionPreview',
  strict({
    ...presentTimes,
    dueNow: count('Customers whom the policy would make due at once: they would be listed, and erased after the notice.'),
    dueWithinNotice: count('Customers who would be listed at once, as they fall due within the notice.'),
    noticeDays: count('Days between the listing and the erasure, at least.'),
  }),
);
