import type { TObject } from 'typebox';
import type { Command, CommandDefinition, DecisionContext, HistoryEvent } from './decider.js';
import type { Dated, EventSpec, TypedEvent } from './event.js';
import type { RejectionEntry } from './rejections.js';

/** What the ids of an aggregate may be, as JSON Schema: of a form that the description says in words, or a few that are known. */
export type IdSchema =
  | { readonly type: 'string'; readonly pattern: string; readonly description: string }
  | { readonly type: 'string'; readonly enum: readonly string[] };

export const opaqueId = {
  type: 'string',
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description: '1 to 64 letters, digits, hyphens and underscores, never an address or a name',
} as const satisfies IdSchema;

/** Methods, so that a decider of narrower commands and states stands where any decider is wanted: the runner gives it its own alone. */
export interface Decider<State = unknown, Asked extends Command = Command, Decided extends TypedEvent = TypedEvent> {
  initialState(id: string): State;
  /** Never throws; an event of a type that it does not know leaves the state as it is. */
  evolve(state: State, event: Acted<TypedEvent>): State;
  /**
   * @param history all that was recorded; there for commands that read it
   * @throws Rejection with the reason; nothing is to be appended
   */
  decide(state: State, command: Asked, context: DecisionContext, history?: readonly HistoryEvent[]): readonly Decided[];
}

/** Whoever acts. */
export interface Actor {
  readonly kind: string;
  readonly id: string;
}

/** Whoever asks for a record. */
export interface Reader extends Actor {
  /** Of a supervisor of one team: whether the customers of a curator belong to it. Absent: no team limits who asks. */
  readonly leads?: ((curatorId: string) => boolean) | undefined;
}

/** With who did it, where that is known. */
export type Acted<SomeEvent> = Dated<SomeEvent> & { readonly actor?: Actor };

/** With when it was learned. */
export type Recorded<SomeEvent> = Dated<SomeEvent> & { readonly recordedAt: string };

/** Who may reach a record, by the record itself: folded beside the state that commands are decided on. */
export interface RecordAccess<Access = unknown> {
  readonly initial: Access;
  /** Never throws; an event of a type that it does not know changes nothing. */
  evolve(access: Access, event: Acted<TypedEvent>): Access;
  mayOpen(access: Access, reader: Reader, record: { readonly id: string; readonly now: string }): boolean;
  /** Whether it depends on the record at all whether this reader may open it. */
  isScoped(reader: Reader): boolean;
}

/** Small data about a whole category that decisions on other streams and queries look up: kept in memory, folded from these events. */
export interface ReferenceData<State = unknown> {
  readonly types: readonly string[];
  readonly initial: State;
  apply(state: State, event: Recorded<TypedEvent>): State;
}

/** Everything that is to be known of one kind of stream; its place in the registry (`aggregates.ts`) makes it known everywhere. */
export interface Aggregate {
  /** Its streams are `<category>-<id>`; persisted, so never changed. */
  readonly category: string;
  /** What one of them is about, in one word. */
  readonly subject: string;
  /** Names one of them in paths and bodies, in items of the bulk endpoint and in messages. */
  readonly idMember: string;
  readonly idSchema: IdSchema;
  /** `roles`: whoever has the role of a command reaches all; otherwise the record says who may reach it. */
  readonly access: 'roles' | RecordAccess;
  /** Whether its events go to Kafka. */
  readonly published: boolean;
  /** Its commands are issued by the programs of Letopis alone, never by the mapping of an import. */
  readonly internal?: true;
  /** Where one is read over HTTP, before its id; absent where that is nowhere. */
  readonly path?: string;
  /** Under which the OpenAPI page lists its commands. */
  readonly tag: { readonly name: string; readonly description: string };
  readonly events: readonly EventSpec<string, TObject>[];
  readonly commands: readonly CommandDefinition[];
  readonly decider: Decider;
  /** Codes that each of its commands may be rejected with. */
  readonly commonRejections?: readonly string[];
  /** What its decider rejects commands for, by codes that are not in the common table. */
  readonly rejections?: Readonly<Record<string, RejectionEntry>>;
  readonly reference?: ReferenceData;
}

/** Keeps the types of what it declares. */
export const aggregate = <const Declared extends Aggregate>(declared: Declared): Declared => declared;

type Category = Pick<Aggregate, 'category'>;
export const prefixOf = ({ category }: Category): string => `${category}-`;
export const streamOf = (of: Category, id: string): string => prefixOf(of) + id;
/** @param stream one of this category */
export const idOf = (of: Category, stream: string): string => stream.slice(prefixOf(of).length);

/** The one whose category a stream is of: the longest that it begins with, so that `import-source` may stand beside `import`. */
export const ownerOf = <One extends Category>(aggregates: readonly One[], stream: string): One | undefined =>
  aggregates
    .filter((each) => stream.startsWith(prefixOf(each)))
    .reduce<One | undefined>((longest, each) => (longest && longest.category.length > each.category.length ? longest : each), undefined);

export const isIdOf = ({ idSchema }: Pick<Aggregate, 'idSchema'>, id: unknown): id is string =>
  typeof id === 'string' && ('enum' in idSchema ? idSchema.enum.includes(id) : formOf(idSchema.pattern).test(id));

const forms = new Map<string, RegExp>();
const formOf = (pattern: string): RegExp => {
  const form = forms.get(pattern) ?? new RegExp(pattern);
  forms.set(pattern, form);
  return form;
};
