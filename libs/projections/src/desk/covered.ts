import type { RecordedEvent } from '#event-log';
import { assignmentOf } from '#relationship/facts.js';
import { curatorAt, withAssignment } from '../card/assignments.js';
import { monthOf } from '../days.js';
import { appended } from '../persistent/chunks.js';
import { COVERED, type CoveredMonth, type DeskContact, type DeskDocument } from './document.js';

/** Whoever had the contact, it covers the month for the curator of the time. */
export const coveredMonths = (desk: DeskDocument): readonly CoveredMonth[] =>
  desk[COVERED] ?? desk.contacts.flat().reduce<readonly CoveredMonth[]>((months, contact) => covering(months, desk, contact), []);

export const withContact = (desk: DeskDocument, contact: DeskContact): DeskDocument => ({
  ...desk,
  contacts: appended(desk.contacts, contact),
  [COVERED]: covering(coveredMonths(desk), desk, contact),
});

/** May move any contact to another curator, unless it confirms who had the customer at that instant anyway. */
export const assigned = (desk: DeskDocument, event: RecordedEvent): DeskDocument => {
  const assignment = assignmentOf(event);
  if (assignment === undefined) return desk;
  const assignments = withAssignment(desk.assignments, event);
  if (curatorAt(desk, assignment.at) === assignment.curatorId) return { ...desk, assignments };
  return { ...desk, assignments, [COVERED]: undefined };
};

/** The same list where the contact adds nothing to it. */
function covering(months: readonly CoveredMonth[], desk: DeskDocument, { at, event }: DeskContact): readonly CoveredMonth[] {
  const curator = curatorAt(desk, at);
  if (curator === undefined) return months;
  const month = monthOf(at);
  const known = months.findLastIndex((each) => each.month === month && each.curator === curator);
  if (known < 0) return [...months, { month, curator, at, event }];
  return at < months[known]!.at ? months.with(known, { month, curator, at, event }) : months;
}
