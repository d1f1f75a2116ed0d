import { aggregate, opaqueId } from '#relationship/kernel/aggregate.js';
import { Id, Text } from '#relationship/kernel/body.js';
import { type CommandOf, command, leads } from '#relationship/kernel/command.js';
import { type EventOf, event, id, strict, type TypedEvent, text } from '#relationship/kernel/event.js';
import { type RejectionEntry, rejecterOf } from '#relationship/kernel/rejections.js';

/** A branch office: an aggregate as anyone would add one. `how-to-add.e2e.spec.ts` adds it to a copy of the tree. */

class OpenBranch {
  @Id() branchId!: string;
  @Text(100) title!: string;
}
class RenameBranch {
  @Text(100) title!: string;
}
class CloseBranch {}

const commands = [
  command({
    name: 'open-branch',
    body: OpenBranch,
    path: '/branches',
    generatedId: 'branchId',
    summary: 'Open a branch',
    roles: [...leads, 'service'],
    rejections: [],
    inbound: true,
  }),
  command({
    name: 'rename-branch',
    body: RenameBranch,
    path: '/branches/:branchId/rename',
    summary: 'Rename a branch',
    roles: [...leads, 'service'],
    rejections: ['branch-not-open'],
  }),
  command({
    name: 'close-branch',
    body: CloseBranch,
    path: '/branches/:branchId/close',
    summary: 'Close a branch',
    roles: leads,
    rejections: ['branch-not-open'],
  }),
] as const;

const events = [
  event('branch-opened', 'A branch was opened.', strict({ branchId: id(), title: text(100) })),
  event('branch-renamed', 'A branch has another name.', strict({ title: text(100) })),
  event('branch-closed', 'A branch was closed.', strict({ branchId: id() })),
] as const;

const rejections = {
  'branch-not-open': { kind: 'conflict', title: 'The branch is not open' },
} as const satisfies Readonly<Record<string, RejectionEntry>>;
const reject = rejecterOf(rejections);

interface Branch {
  readonly branchId: string;
  readonly title: string | undefined;
}
type BranchCommand = CommandOf<(typeof commands)[number]>;
type BranchEvent = EventOf<(typeof events)[number]>;

const evolve = (state: Branch, event: TypedEvent): Branch => {
  const { type, data } = event as BranchEvent;
  switch (type) {
    case 'branch-opened':
    case 'branch-renamed':
      return { ...state, title: data.title };
    case 'branch-closed':
      return { ...state, title: undefined };
    default:
      return state;
  }
};

const decide = ({ branchId, title }: Branch, { name, body }: BranchCommand): readonly BranchEvent[] => {
  if (name === 'open-branch') return title === undefined ? [{ type: 'branch-opened', data: { branchId, title: body.title } }] : [];
  if (title === undefined) return reject('branch-not-open', `Branch ${branchId} is not open.`, { branchId });
  if (name === 'close-branch') return [{ type: 'branch-closed', data: { branchId } }];
  return title === body.title ? [] : [{ type: 'branch-renamed', data: { title: body.title } }];
};

export const branch = aggregate({
  category: 'branch',
  subject: 'branch',
  idMember: 'branchId',
  idSchema: opaqueId,
  access: 'roles',
  published: false,
  tag: { name: 'branches', description: 'Where the company has its offices' },
  events,
  commands,
  decider: { initialState: (branchId) => ({ branchId, title: undefined }), evolve, decide },
  rejections,
});
