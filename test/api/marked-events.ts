import type { NewEvent } from '#event-log';
import { relationshipEvents } from '#relationship';
import { BIRTH_DATE } from '#relationship/kernel/calendar.js';

/** A value that stands nowhere else, so that an answer in which it is found got it from here. */
export interface Mark {
  readonly value: string | number;
  /** Where it stands: type and variant of the event, and a JSON pointer into it. */
  readonly at: string;
  /** Whether the registry says that the customer sees it. */
  readonly shown: boolean;
}

export interface MarkedEvent {
  readonly event: NewEvent;
  readonly marks: readonly Mark[];
  readonly shown: boolean;
}

type Schema = Readonly<Record<string, unknown>>;
type Definition = (typeof relationshipEvents)[number];

/** Every value is another one; what only a few values are allowed for holds none. */
const createMarker = (prefix: number) => {
  let made = prefix * 10_000;
  return {
    text: () => `mark${++made}x`,
    instant: () => new Date(Date.UTC(2031, 0, 1) + ++made * 1_001).toISOString(),
    day: () => new Date(Date.UTC(1801, 0, 1) + ++made * 86_400_000).toISOString().slice(0, 10),
    /** Q and two letters; no currency is called so. */
    currency: () => `Q${[26, 1].map((place) => String.fromCharCode(65 + (Math.floor(++made / place) % 26))).join('')}`,
    number: ({ type, minimum = 0, maximum }: { type?: unknown; minimum?: number; maximum?: number }) => {
      if (maximum === undefined) return 70_000_000 + ++made;
      return type === 'integer' ? undefined : minimum + ++made / 1_000_000;
    },
    name: () => `key${++made}x`,
  };
};
type Marker = ReturnType<typeof createMarker>;

/** The values that a shape allows one by one. */
const choicesOf = ({ enum: values, const: only, anyOf }: Schema): readonly unknown[] | undefined => {
  if (Array.isArray(values)) return values;
  if (only !== undefined) return [only];
  if (!Array.isArray(anyOf)) return undefined;
  const choices = (anyOf as Schema[]).map(choicesOf);
  return choices.every((each) => each !== undefined) ? choices.flat() : undefined;
};

const variantsOf = (schema: Schema): number => {
  const inner = [schema.items, ...Object.values((schema.properties ?? {}) as object)].filter((each) => each !== undefined);
  return Math.max(choicesOf(schema)?.length ?? 1, schema.type === 'boolean' ? 2 : 1, ...inner.map((each) => variantsOf(each as Schema)));
};

/** Data with every member that the schema knows. `ids`: gives ids of one name the same value, so that events speak of the same things. */
const filled = (schema: Schema, variant: number, marker: Marker, put: (value: string | number, at: string) => void, linked: boolean) => {
  const fill = (shape: Schema, at: string): unknown => {
    const mark = <Value extends string | number>(value: Value): Value => {
      put(value, at);
      return value;
    };
    const choices = choicesOf(shape);
    if (choices) return choices[variant % choices.length];
    const { type, properties, items, patternProperties, pattern } = shape as {
      readonly properties?: Record<string, Schema>;
      readonly patternProperties?: Record<string, Schema>;
      readonly items?: Schema;
    } & Schema;
    if (type === 'boolean') return variant % 2 === 0;
    if (type === 'number' || type === 'integer') {
      const number = marker.number(shape);
      return number === undefined ? (shape.minimum as number) + 1 : mark(number);
    }
    if (type === 'array') return [fill(items as Schema, `${at}/0`), fill(items as Schema, `${at}/1`)];
    if (type === 'object') {
      const members = Object.entries(properties ?? {}).map(([name, member]) => [name, fill(member, `${at}/${name}`)] as const);
      const others = Object.values(patternProperties ?? {}).map((member) => {
        const name = marker.name();
        put(name, `${at}/${name}`);
        return [name, fill(member, `${at}/${name}`)] as const;
      });
      return Object.fromEntries([...members, ...others]);
    }
    if (type !== 'string') throw new Error(`nothing is known of ${at}, which is ${JSON.stringify(shape)}`);
    if (linked && /Id$/.test(at)) return at.slice(at.lastIndexOf('/') + 1);
    if (pattern === BIRTH_DATE) return mark(marker.day());
    if (typeof pattern === 'string') return mark(pattern.startsWith('^[A-Z]{3}') ? marker.currency() : marker.instant());
    return mark(marker.text());
  };
  return fill(schema, '') as object;
};

/** A pointer of the registry against one into data. */
const leadsTo = (pointer: string, at: string): boolean => {
  const [wanted, given] = [pointer.split('/'), at.split('/')];
  return wanted.length === given.length && wanted.every((token, i) => token === '*' || token === given[i]);
};

/** What the customer sees of the event by itself: nothing of what it withdraws, and what it still shows of that. */
const shownPointers = ({ audiences: { customer } }: Definition, data: never): readonly string[] | undefined => {
  if (customer === undefined || customer.hides?.(data)) return undefined;
  return customer.withdraws?.(data) ? customer.stillShows : customer.shows;
};

const envelopeMarks = ['correlationId', 'causationId', 'commandId', 'commandHash'] as const;

/** Events of every type in as many variants as they have kinds, every field filled, in the order of the registry. */
export const markedEvents = ({
  prefix,
  without = [],
  linked = false,
}: {
  prefix: number;
  without?: readonly string[];
  linked?: boolean;
}) => {
  const marker = createMarker(prefix);
  let minute = 0;
  return relationshipEvents
    .filter(({ type }) => !without.includes(type))
    .flatMap((definition): MarkedEvent[] => {
      const count = variantsOf(definition.schema as unknown as Schema);
      return Array.from({ length: count }, (_, i) => {
        // The first choice comes last: a contact ends as one with the customer.
        const variant = count - 1 - i;
        const name = `${definition.type}#${variant}`;
        const found: { readonly value: string | number; readonly at: string }[] = [];
        const data = filled(definition.schema as unknown as Schema, variant, marker, (value, at) => void found.push({ value, at }), linked);
        const pointers = shownPointers(definition, data as never);
        const marks: Mark[] = found.map(({ value, at }) => ({
          value,
          at: name + at,
          shown: pointers?.some((pointer) => leadsTo(pointer, at)) ?? false,
        }));
        const mark = (at: string, shown: boolean) => {
          const value = marker.text();
          marks.push({ value, at: `${name} ${at}`, shown });
          return value;
        };
        const shown = pointers !== undefined;
        const instant = new Date(Date.UTC(2026, 0, 1, 0, ++minute)).toISOString();
        const hidden = Object.fromEntries(envelopeMarks.map((member) => [member, mark(member, false)]));
        const event = {
          id: mark('id', shown),
          type: definition.type,
          schemaVersion: definition.version,
          occurredAt: instant,
          recordedAt: instant,
          actor: { kind: 'curator', id: mark('actor/id', shown), name: mark('actor/name', shown) },
          ...(hidden as Record<(typeof envelopeMarks)[number], string>),
          source: { system: mark('source/system', false), id: mark('source/id', false) },
          data,
        } as const;
        return { event, marks, shown };
      });
    })
    .filter(({ event }) => !correctsRole(event));
};

/** A role is one of a few, so it holds no mark. */
const correctsRole = ({ type, data }: NewEvent): boolean =>
  type === 'customer-details-corrected' && (data as { readonly field: string }).field === 'role';
