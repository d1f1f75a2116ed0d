import { Type } from 'typebox';
import { aggregate } from '../kernel/aggregate.js';
import { Matching, Whole } from '../kernel/body.js';
import { type CommandOf, command } from '../kernel/command.js';
import { type EventOf, event, strict, type TypedEvent } from '../kernel/event.js';

const HASH = '^[0-9a-f]{64}$';

export class AnchorAccessLog {
  /** The last batch of the access log, counted from 1. */
  @Whole(1, Number.MAX_SAFE_INTEGER) batch!: number;
  /** Of that batch, which covers those before it. */
  @Matching(HASH, '64 hex digits') hash!: string;
}

const commands = [
  command({
    name: 'anchor-access-log',
    body: AnchorAccessLog,
    summary: 'Record the hash of the last batch of the access log',
    roles: [],
    rejections: [],
  }),
] as const;

export const accessLogAnchored = event(
  'access-log-anchored',
  'The access log ended with this batch, whose hash covers all batches before it.',
  strict({ batch: Type.Integer({ minimum: 1 }), hash: Type.String({ pattern: HASH }) }),
);

interface AccessLogState {
  readonly batch: number;
}
type AccessLogCommand = CommandOf<(typeof commands)[number]>;
type AccessLogEvent = EventOf<typeof accessLogAnchored>;

const evolve = (state: AccessLogState, event: TypedEvent): AccessLogState =>
  event.type === accessLogAnchored.type ? { batch: (event as AccessLogEvent).data.batch } : state;

/** Of several processes that anchor the same access log, one does so for each batch. */
const decide = ({ batch }: AccessLogState, { body }: AccessLogCommand): readonly AccessLogEvent[] =>
  body.batch <= batch ? [] : [{ type: accessLogAnchored.type, data: { batch: body.batch, hash: body.hash } }];

/** Hashes of the access log, so that nobody can change or cut it without contradicting the event log. There is one, `main`. */
export const accessLog = aggregate({
  category: 'access-log',
  subject: 'access log',
  idMember: 'accessLogId',
  idSchema: { type: 'string', enum: ['main'] },
  access: 'roles',
  published: false,
  internal: true,
  tag: { name: 'access-log', description: 'Reads of personal data' },
  events: [accessLogAnchored],
  commands,
  decider: { initialState: () => ({ batch: 0 }), evolve, decide },
});
