import { hash } from 'node:crypto';
import { askingTogether } from '#async';
import {
  type DomainEvent,
  type EventLog,
  INSTALLATION_STREAM,
  type Installation,
  installationNamed,
  type Position,
  personalFields,
} from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { holdsEvent, type KeptOutside, type SubjectKeyStore } from '#privacy';
import type { Clock, ErasureStep, Outcome, ProcessRequest, StepOutcome } from '#processes';
import { createSubjects, customerMerges, type ErasedViews } from '#projections/runner/index.js';
import {
  customerErased,
  type ErasureCertificate,
  importAggregate,
  importSource,
  type PolicyHistory,
  plusMinutes,
  policyAt,
  processAggregate,
  type RelationshipEvent,
  relationshipStream,
  streamOf,
} from '#relationship';
import { CheckpointUnknown, type ErasedTopics, type KeptFor, StreamingUnavailable } from '#streaming';
import { eventCatalogue } from '../events/current-events.js';
import type { RejectedRows } from '../imports/rejected-rows.js';

/** Where personal fields of an erased customer may be, besides the log. */
export interface ErasurePlaces {
  /** Absent where the log is not encrypted. */
  readonly keys?: SubjectKeyStore | undefined;
  readonly outside?: KeptOutside | undefined;
  readonly views: ErasedViews;
  /** Absent where imports keep no rejected rows here. */
  readonly rejectedRows?: Pick<RejectedRows, 'erase' | 'remaining'> | undefined;
  /** Absent where nothing goes to Kafka. */
  readonly kafka?: { readonly personalFields: boolean; readonly topics: ErasedTopics } | undefined;
}

export interface ErasureStepsOptions extends ErasurePlaces {
  readonly log: Pick<EventLog, 'head' | 'readAll' | 'readStream' | 'readRaw' | 'guarantees'>;
  readonly execute: (request: ProcessRequest) => Promise<Outcome>;
  readonly policies: () => PolicyHistory;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs?: () => number;
}

/** No process uses a key that the key store has not confirmed for so long. */
const KEYS_DROPPED_AFTER_SECONDS = 10;
const LOOK_AGAIN_SECONDS = 1;
const ASK_BROKERS_AGAIN_SECONDS = 5;
/** Imports that a certificate names; it has room for 100 places. */
const MOST_NAMED = 30;
/** As certificates name it. */
const KEPT_OUTSIDE = 'kept-outside';

/** What is repeated of one customer while its erasure waits. */
interface Erased {
  readonly at: string;
  readonly position: Position;
  readonly code: string;
  readonly requestedAt?: string;
  readonly confirmedAt?: string;
}

const actor = { kind: 'system', id: 'process-erasure' } as const;

/** The effects of an erasure outside the log. Each may be repeated at any time, by several processes at once. */
export const createErasureSteps = (options: ErasureStepsOptions): ((step: string, customerId: string) => Promise<StepOutcome>) => {
  const { log, keys, outside, views, rejectedRows, kafka, clock, policies, elapsedMs = () => performance.now() } = options;
  const known = new Map<string, Erased>();
  /** When the key store confirmed to this process that the key is destroyed: after a restart the steps are carried out again, and it counts from there. */
  const confirmedAt = new Map<string, number>();

  const erasedOf = async (customerId: string): Promise<Erased> => {
    const erased = known.get(customerId) ?? (await readErased(log, customerId));
    known.set(customerId, erased);
    return erased;
  };

  const execute = async (name: string, targetId: string, body: object): Promise<StepOutcome> => {
    const outcome = await options.execute({ name, targetId, body, actor, keyScope: actor.id });
    return outcome.kind === 'accepted'
      ? { kind: 'done' }
      : { kind: 'stuck', reason: outcome.kind === 'stuck' ? outcome.reason : outcome.code };
  };
  const later = (seconds: number): StepOutcome => ({ kind: 'later', at: plusSeconds(clock.now(), seconds) });

  const recordOutside = together(async (customerIds) => {
    const all = await Promise.all(customerIds.map(async (id) => ({ subject: relationshipStream(id), erasedAt: (await erasedOf(id)).at })));
    await outside?.record(all);
  });
  const destroyKeys = together((customerIds) => keys?.erase(customerIds.map(relationshipStream), clock.now()));
  const dropRows = together((customerIds) => rejectedRows?.erase(customerIds));
  const destroyedAt = askingTogether(async (subjects) => {
    const found = await keys?.find(subjects);
    return new Map([...(found ?? [])].flatMap(([subject, key]) => (key.kind === 'erased' ? [[subject, key.at] as const] : [])));
  });

  /** No more of them are recorded. */
  let plainHashes: Promise<boolean> | undefined;
  const holdsPlainHashes = (): Promise<boolean> => {
    plainHashes ??= hasPlainImportHashes(log).catch((error: unknown) => {
      plainHashes = undefined;
      throw error;
    });
    return plainHashes;
  };

  const clearViews = askingTogether(async (ids) => {
    const reached = await views.reached();
    const parked = await views.parked(ids);
    const isPurged = await views.purge();
    return new Map(ids.map((id) => [id, { reached, isPurged: isPurged && !parked.has(id) }]));
  });

  const publishedTo = askingTogether(async (ids) => {
    const published = await kafka?.topics.published();
    return new Map(ids.flatMap((id) => (published ? [[id, published] as const] : [])));
  });
  const keptIn = askingTogether(async (ids) => {
    const kept = await kafka!.topics.kept();
    return new Map(ids.map((id) => [id, kept]));
  });

  const destroyKey = async (customerId: string): Promise<void> => {
    await destroyKeys(customerId);
    confirmedAt.set(customerId, elapsedMs());
  };
  const awaitDroppedKeys = async (customerId: string): Promise<StepOutcome> => {
    if (!keys) return { kind: 'done' };
    const at = confirmedAt.get(customerId);
    if (at === undefined) return { kind: 'stuck', reason: 'key-not-destroyed' };
    const left = at + KEYS_DROPPED_AFTER_SECONDS * 1_000 - elapsedMs();
    return left <= 0 ? { kind: 'done' } : later(left / 1_000);
  };

  const steps: Readonly<Record<ErasureStep, (customerId: string) => Promise<StepOutcome>>> = {
    async 'record-outside'(customerId) {
      await recordOutside(customerId);
      return { kind: 'done' };
    },
    async 'destroy-key'(customerId) {
      await destroyKey(customerId);
      return { kind: 'done' };
    },
    async 'erase-merged'(customerId) {
      const { code } = await erasedOf(customerId);
      // Whoever cannot be erased, as a legal hold is in force there, is named in the certificate.
      for (const merged of await mergedInto(customerId)) await execute('erase-merged-customer', merged, { ground: code });
      return { kind: 'done' };
    },
    'await-dropped-keys': awaitDroppedKeys,
    async 'clear-views'(customerId) {
      const { position } = await erasedOf(customerId);
      const { reached, isPurged } = (await clearViews(customerId))!;
      const isThere = reached === undefined || reached >= position;
      return isThere && isPurged ? { kind: 'done' } : later(LOOK_AGAIN_SECONDS);
    },
    async 'drop-rejected-rows'(customerId) {
      await dropRows(customerId);
      return { kind: 'done' };
    },
    async 'await-tombstone'(customerId) {
      if (!kafka) return { kind: 'done' };
      const { position } = await erasedOf(customerId);
      const published = await publishedTo(customerId).catch(unlessAway);
      if (published === 'away' || (published && published.upTo < position)) return later(ASK_BROKERS_AGAIN_SECONDS);
      return { kind: 'done' };
    },
    async certify(customerId) {
      // The key store may have been restored since, and this process started: what is certified is what the key store says now.
      if (!confirmedAt.has(customerId) || (await destroyedAt(relationshipStream(customerId))) === undefined) await destroyKey(customerId);
      const dropped = await awaitDroppedKeys(customerId);
      if (dropped.kind !== 'done') return dropped;
      const places = await certifiedPlaces(customerId).catch(unlessAway);
      if (places === 'away') return later(ASK_BROKERS_AGAIN_SECONDS);
      const disclosures = await disclosuresOf(log, customerId);
      const { at: erasedAt, position: _, ...erased } = await erasedOf(customerId);
      const certificate: ErasureCertificate = {
        version: 1,
        customerId,
        ...erased,
        erasedAt,
        issuedAt: clock.now(),
        places,
        ...(disclosures.length > 0 && { disclosures }),
      };
      return execute('certify-erasure', certified(customerId), { certificate });
    },
    async complete(customerId) {
      const certificateHash = await certificateHashOf(log, customerId);
      if (certificateHash === undefined) return { kind: 'stuck', reason: 'certificate-missing' };
      const outcome = await execute('complete-erasure', customerId, { certificateHash });
      known.delete(customerId);
      confirmedAt.delete(customerId);
      return outcome;
    },
  };

  const merges = createSubjects(log, customerMerges);
  const mergedBy = askingTogether(async (ids) => {
    const head = await log.head();
    await merges.readTo(head);
    const joined = new Map(merges.joinedAt(head).map(({ subject, members }) => [subject, members.slice(1)]));
    return new Map(ids.map((id) => [id, joined.get(id) ?? []]));
  });
  const mergedInto = async (customerId: string): Promise<readonly string[]> => (await mergedBy(customerId))!;

  const certifiedMerges = async (customerId: string): Promise<ErasureCertificate['places'][number]> => {
    const merged = await mergedInto(customerId);
    const left: string[] = [];
    for (const id of merged) if (!(await holdsEvent(customerErased.type, relationshipStream(id), log))) left.push(id);
    const place = 'merged-customers';
    if (merged.length === 0) return { place, outcome: 'nothing', detail: 'nobody is merged into the customer' };
    return left.length === 0
      ? { place, outcome: 'removed', detail: `erased as well, each with a certificate of its own: ${named(merged)}` }
      : { place, outcome: 'kept', detail: `not erased, as a legal hold or a lost key prevents it: ${named(left)}` };
  };

  const keptRows = async (customerId: string): Promise<ErasureCertificate['places']> => {
    if (!rejectedRows) return [];
    const { unknown, files } = await rejectedRows.remaining(customerId);
    return [
      {
        place: 'rejected-rows',
        outcome: 'removed',
        detail: 'rows of the customer that imports rejected and kept encrypted in the data folder of the API that carried out the erasure',
      },
      ...(log.guarantees.oneWriter
        ? []
        : [
            {
              place: 'rejected-rows',
              outcome: 'kept' as const,
              detail:
                'encrypted rows of the customer in rejected-rows.sqlite of other data folders, also on other machines, that imports wrote; the program shows none of them, and destroys their keys when it next runs on that data folder after their last day',
            },
          ]),
      ...unknown.slice(0, MOST_NAMED).map(({ reference, until }) => ({
        place: 'rejected-rows',
        outcome: 'kept' as const,
        until,
        detail: `encrypted rows of the import ${reference} of which not every customer is known; their key is destroyed then`,
      })),
      ...(unknown.length > MOST_NAMED
        ? [{ place: 'rejected-rows', outcome: 'kept' as const, detail: `${unknown.length - MOST_NAMED} more: see letopis import rejects` }]
        : []),
      // Not by their paths: whoever named a file may have named it after a person.
      ...(files.length > 0
        ? [
            {
              place: 'rejects-files',
              outcome: 'kept' as const,
              detail: `${files.length === 1 ? 'a file' : `${files.length} files`} in plain text with rows that may be of the customer, which later imports rename to .old, .old.2 and so on: letopis import rejects --files ${customerId} lists them; delete them there`,
            },
          ]
        : []),
    ];
  };

  const certifiedPlaces = async (customerId: string): Promise<ErasureCertificate['places']> => {
    const { at } = await erasedOf(customerId);
    const { plain, imports } = await personalEventsOf(log, customerId);
    const destroyed = keys && (await destroyedAt(relationshipStream(customerId)));
    const { backupDays } = policyAt(policies(), 'privacy', at).document;
    const until = plusMinutes(at, backupDays * 24 * 60);
    return [
      plain > 0
        ? {
            place: 'event-log',
            outcome: 'kept',
            detail: `${plain} events hold personal fields in plain text, as they were written before the log was encrypted`,
          }
        : {
            place: 'event-log',
            outcome: 'destroyed',
            detail: 'personal fields are ciphertext whose key is destroyed; ids, instants, codes and amounts remain',
          },
      destroyed === undefined
        ? { place: 'key-store', outcome: 'nothing', detail: 'the log has no keys of customers' }
        : {
            place: 'key-store',
            outcome: 'destroyed',
            at: destroyed,
            detail: 'the key of the customer is destroyed and is never made again',
          },
      outside
        ? {
            place: KEPT_OUTSIDE,
            outcome: 'recorded',
            at,
            detail: 'the erasure is recorded outside backups, so that a restored one does not bring the customer back',
          }
        : { place: KEPT_OUTSIDE, outcome: 'nothing', detail: 'no store outside backups is configured' },
      ...(keys?.remains === undefined ? [] : [{ place: 'files-of-key-store', outcome: 'kept', detail: keys.remains } as const]),
      await certifiedMerges(customerId),
      ...((await hasPlainIds(log))
        ? [
            {
              place: 'ids',
              outcome: 'kept' as const,
              detail:
                'ids that were derived from the keys of other systems without a secret: whoever guesses such a key can compute the id of the customer and of what was imported',
            },
          ]
        : []),
      {
        place: 'memory',
        outcome: 'removed',
        detail: `processes that follow the log drop the key and what they keep of the customer when they read the erasure; no process has had the key for longer than ${KEYS_DROPPED_AFTER_SECONDS} s after the key store confirmed that it is destroyed`,
      },
      {
        place: 'views',
        outcome: 'removed',
        detail: `every build of every view has passed the erasure${views.remains === undefined ? ', and deleted content is overwritten' : ''}`,
      },
      ...(views.remains === undefined ? [] : [{ place: 'files-of-views', outcome: 'kept', detail: views.remains } as const]),
      (await holdsPlainHashes())
        ? {
            place: 'imports',
            outcome: 'kept',
            detail:
              'events of imports that an earlier version recorded hold plain hashes of file names, files and commands, from which a value with few possibilities, such as a birth date, can be found by trying',
          }
        : {
            place: 'imports',
            outcome: 'nothing',
            detail: 'imports remember rows by numbers, and files and commands by hashes under a secret of the installation',
          },
      ...(await keptRows(customerId)),
      imports.length === 0
        ? { place: 'rejected-rows', outcome: 'nothing', detail: 'no event of the customer comes from an import' }
        : {
            place: 'rejected-rows',
            outcome: 'kept',
            detail: `imports ${imports.join(', ')} may have written rejected rows beside the imported file (<file>.rejects.csv or --rejects): delete them there`,
          },
      ...(await placesInKafka(customerId, at)),
      {
        place: 'backups',
        outcome: 'kept',
        until,
        detail: `backups made before the erasure, kept for ${backupDays} days by policy privacy`,
      },
    ];
  };

  const placesInKafka = async (customerId: string, at: string): Promise<ErasureCertificate['places']> => {
    if (!kafka) return [{ place: 'kafka', outcome: 'nothing', detail: 'nothing is published to Kafka' }];
    const [published, found] = await Promise.all([publishedTo(customerId), keptIn(customerId)]);
    const kept = found!;
    const encrypted = 'personal fields in records are ciphertext, under a key derived from the one that is destroyed';
    const messages = (place: string, keptFor: KeptFor): ErasureCertificate['places'][number] =>
      keptFor === 'absent'
        ? { place, outcome: 'nothing', detail: 'there is no such topic' }
        : {
            place,
            outcome: 'kept',
            ...until(at, keptFor),
            detail: 'messages as other systems sent them, until the retention of their topic ends',
          };
    return [
      published && !published.neverPlain
        ? {
            place: 'kafka-events',
            outcome: 'kept',
            detail:
              'a former version published to this topic, where personal fields may be in plain text: publish under another prefix and delete it',
          }
        : kafka.personalFields
          ? { place: 'kafka-events', outcome: 'destroyed', detail: encrypted }
          : { place: 'kafka-events', outcome: 'nothing', detail: 'records hold no personal fields, or ciphertext whose key is destroyed' },
      kept.customers === 'absent' || !published
        ? { place: 'kafka-customers', outcome: 'nothing', detail: 'no card was published' }
        : {
            place: 'kafka-customers',
            outcome: 'removed',
            ...until(at, kept.customers),
            detail: 'a tombstone is published; by then brokers remove former cards, once their partition gets another record',
          },
      messages('kafka-contacts', kept.contacts),
      messages('kafka-rejected', kept.rejected),
    ];
  };

  return async (step, customerId) => {
    const perform = Object.hasOwn(steps, step) ? steps[step as ErasureStep] : undefined;
    return perform ? perform(customerId) : { kind: 'stuck', reason: `unknown step ${step}` };
  };
};

/** A certificate names few. */
const named = (ids: readonly string[]): string =>
  ids.length <= 2 ? ids.join(', ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more`;

/** Whoever asks meanwhile is done with the next. */
const together = (work: (ids: readonly string[]) => Promise<void> | undefined): ((id: string) => Promise<unknown>) =>
  askingTogether(async (ids) => {
    await work(ids);
    return new Map(ids.map((id) => [id, true]));
  });

/** Whether what a step waits for is on brokers that are away now. */
const unlessAway = (error: unknown): 'away' => {
  if (error instanceof StreamingUnavailable || error instanceof CheckpointUnknown) return 'away';
  throw error;
};

const until = (at: string, keptFor: Exclude<KeptFor, 'absent'>): { readonly until?: string } =>
  keptFor === 'unbounded' ? {} : { until: new Date(Date.parse(at) + keptFor).toISOString() };

const plusSeconds = (instant: string, seconds: number): string => new Date(Date.parse(instant) + Math.ceil(seconds * 1_000)).toISOString();

/** Id of the stream of the process. */
const certified = (customerId: string): string => `erasure-${customerId}`;

/** The certificate that the process recorded; undefined before it did. */
export const certificateOf = async (log: Pick<EventLog, 'readStream'>, customerId: string): Promise<ErasureCertificate | undefined> => {
  for await (const batch of log.readStream(streamOf(processAggregate, certified(customerId)))) {
    const event = batch.find(({ type }) => type === 'erasure-certified');
    if (event) return (event.data as { readonly certificate: ErasureCertificate }).certificate;
  }
  return undefined;
};

/** Streams of customers whose erasure is recorded outside of backups, as their certificates say. */
export const certifiedOutside = async (log: Pick<EventLog, 'head' | 'readAll' | 'readByStream'>): Promise<Set<string>> => {
  const certificates = { upTo: await log.head(), streamPrefix: streamOf(processAggregate, certified('')) };
  const subjects = new Set<string>();
  for await (const batch of log.readByStream?.(certificates) ?? log.readAll(certificates))
    for (const { type, data, notUnderstood } of batch) {
      if (type !== 'erasure-certified' || notUnderstood !== undefined) continue;
      const { customerId, places } = (data as { readonly certificate: ErasureCertificate }).certificate;
      if (places.some(({ place, outcome }) => place === KEPT_OUTSIDE && outcome === 'recorded'))
        subjects.add(relationshipStream(customerId));
    }
  return subjects;
};

const certificateHashOf = async (log: Pick<EventLog, 'readStream'>, customerId: string): Promise<string | undefined> => {
  const certificate = await certificateOf(log, customerId);
  return certificate && hash('sha256', canonicalJson(certificate), 'hex');
};

/** The events of the last request are the last ones of the stream. */
const readErased = async (log: Pick<EventLog, 'readStream'>, customerId: string): Promise<Erased> => {
  let erased: Erased | undefined;
  for await (const batch of log.readStream(relationshipStream(customerId), { direction: 'backwards' }))
    for (const event of batch) {
      const { type, data, occurredAt } = event as DomainEvent & RelationshipEvent;
      if (type === 'customer-erased') erased = { at: occurredAt, position: event.position, code: data.code };
      else if (erased && type === 'erasure-confirmed') erased = { ...erased, confirmedAt: occurredAt };
      else if (erased && type === 'erasure-requested') return { ...erased, requestedAt: occurredAt };
      else if (type === 'customer-registered' && erased) return erased;
    }
  return erased ?? Promise.reject(new Error('the stream has no customer-erased'));
};

/** A log that does not name its derivation is of before there was a secret. */
async function hasPlainIds(log: Pick<EventLog, 'readStream'>): Promise<boolean> {
  const named: Installation[] = [];
  for await (const batch of log.readStream(INSTALLATION_STREAM))
    for (const { type, data } of batch) if (type === installationNamed.type) named.push(data as Installation);
  const kinds = named.flatMap(({ derivedIds }) => derivedIds?.kind ?? []);
  return kinds.length === 0 || kinds.includes('plain');
}

async function hasPlainImportHashes(log: Pick<EventLog, 'readAll'>): Promise<boolean> {
  const types = [...importAggregate.events, ...importSource.events].map(({ type }) => type);
  for await (const batch of log.readAll({ types, streamPrefix: 'import-' }))
    if (batch.some(({ data }) => (data as { readonly hashes?: string }).hashes === undefined)) return true;
  return false;
}

type Disclosures = NonNullable<ErasureCertificate['disclosures']>;

/** Keys that subscribers were given, with their receipts for the last erasure. */
const disclosuresOf = async (log: Pick<EventLog, 'readStream'>, customerId: string): Promise<Disclosures> => {
  const found = new Map<string, Disclosures[number]>();
  for await (const batch of log.readStream(relationshipStream(customerId)))
    for (const event of batch) {
      const { type, data, occurredAt } = event as DomainEvent & RelationshipEvent;
      const change = (subscriberId: string, more: object) => {
        const known = found.get(subscriberId);
        if (known) found.set(subscriberId, { ...known, ...more });
      };
      if (type === 'publishing-key-disclosed') found.set(data.subscriberId, { ...data, disclosedAt: occurredAt });
      else if (type === 'erasure-receipts-requested')
        for (const { subscriberId, dueAt } of data.receipts) change(subscriberId, { receiptDueAt: dueAt });
      else if (type === 'erasure-receipt-given') change(data.subscriberId, { receiptAt: occurredAt });
    }
  return [...found.values()];
};

/** How many events of the customer hold personal fields as they were said, and the imports that recorded some. */
const personalEventsOf = async (log: Pick<EventLog, 'readRaw'>, customerId: string) => {
  let plain = 0;
  const imports = new Set<string>();
  for await (const batch of log.readRaw({ stream: relationshipStream(customerId) }))
    for (const { text } of batch) {
      const { type, schemaVersion, data, actor: by } = JSON.parse(text) as DomainEvent;
      const definition = eventCatalogue.definitions.find((each) => each.type === type);
      if (definition && personalFields(definition, schemaVersion, data).length > 0) plain++;
      if (by.kind === 'import') imports.add(by.id);
    }
  return { plain, imports: [...imports].toSorted() };
};
