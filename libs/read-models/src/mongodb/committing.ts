import { randomUUID } from 'node:crypto';
import type { ClientSession, Collection, Db } from 'mongodb';
import { ReadModelsUnavailable } from '../errors.js';
import { isPassed } from '../passing.js';
import { ORIGIN, type Position } from '../position.js';
import type { ProjectionBatch } from '../read-model-store.js';
import { apply, type Work, workOf } from './applying.js';
import { type LaidState, type LaidWork, type Pending, STATES, WORK } from './layout.js';

const states = (db: Db): Collection<LaidState> => db.collection<LaidState>(STATES);
const kept = (db: Db): Collection<LaidWork> => db.collection<LaidWork>(WORK);
const unknown = (projection: string): LaidState => ({ _id: projection, position: ORIGIN, q: 0 });
/** Of JSON in one piece of work; a document of MongoDB holds 16 MB. */
const PIECE = 4 << 20;
const CLAIMS = 20;

export async function stateOf(db: Db, projection: string): Promise<LaidState> {
  return (await states(db).findOne({ _id: projection })) ?? unknown(projection);
}

/** The checkpoint of a projection, after whatever it was in the middle of has been finished. */
export async function settledState(db: Db, projection: string): Promise<LaidState> {
  for (;;) {
    const state = await stateOf(db, projection);
    if (!state.pending) return state;
    await finish(db, projection, state.pending);
  }
}

/**
 * All or nothing without transactions, by a note of what is to be done: the whole work is kept first, then claimed by one write to the
 * state of the projection, then done, document by document, then the state moves on. Whoever comes upon a claim does its work to the end
 * before anything else; each piece is guarded by the number of the commit, so it does not matter how often and by how many it is done.
 */
export async function commitAlone(db: Db, batch: ProjectionBatch): Promise<void> {
  const { projection, unmoved } = batch;
  // Read after the state that is then claimed as it was read: whoever moves it, and then this projection, lets no claim succeed.
  const beside = async () => unmoved && ((await settledState(db, unmoved.projection)).position as Position);
  const attempt = randomUUID();
  const all = workOf(batch);
  let isKept = false;
  try {
    for (let left = CLAIMS; left > 0; left--) {
      const state = await settledState(db, projection);
      if (isPassed(batch, state.position as Position, await beside())) return;
      if (all.length === 0) {
        if (await moveOn(db, state, positionAfter(batch, state))) return;
        continue;
      }
      if (!isKept) await keep(db, attempt, all);
      isKept = true;
      const pending = { attempt, position: positionAfter(batch, state), q: state.q + 1 };
      if (await claim(db, state, pending)) {
        isKept = false;
        await finish(db, projection, pending, all);
        return;
      }
    }
  } finally {
    if (isKept) await kept(db).deleteMany({ attempt });
  }
  if (!isPassed(batch, (await settledState(db, projection)).position as Position, await beside()))
    throw new ReadModelsUnavailable(`${projection} is continuously written by other processes`);
}

/** Within one transaction for all projections of the commit. */
export async function commitTogether(db: Db, batches: readonly ProjectionBatch[], session: ClientSession): Promise<void> {
  for (const batch of batches) {
    const stateIn = async (projection: string) => (await states(db).findOne({ _id: projection }, { session })) ?? unknown(projection);
    const state = await stateIn(batch.projection);
    const beside = batch.unmoved && ((await stateIn(batch.unmoved.projection)).position as Position);
    if (isPassed(batch, state.position as Position, beside)) continue;
    const next = { position: positionAfter(batch, state), q: state.q + 1 };
    await states(db).updateOne({ _id: batch.projection }, { $set: next }, { upsert: true, session });
    await apply(db, workOf(batch), next.q, session);
  }
}

const positionAfter = ({ position }: ProjectionBatch, state: LaidState): string => (position === 'unchanged' ? state.position : position);

async function keep(db: Db, attempt: string, all: readonly Work[]): Promise<void> {
  const text = JSON.stringify(all);
  const pieces: LaidWork[] = [];
  for (let at = 0; at < text.length; at += PIECE)
    pieces.push({ _id: `${attempt}/${String(pieces.length).padStart(6, '0')}`, attempt, work: text.slice(at, at + PIECE) });
  await kept(db).insertMany(pieces);
}

const claim = (db: Db, state: LaidState, pending: Pending): Promise<boolean> => change(db, state, { pending });

/** Where nothing is to be written but the checkpoint. */
const moveOn = (db: Db, state: LaidState, position: string): Promise<boolean> => change(db, state, { position });

/** False when somebody else was quicker. */
async function change(db: Db, { _id, q, position }: LaidState, to: Partial<LaidState>): Promise<boolean> {
  const DUPLICATE = 11_000;
  try {
    const found = await states(db).updateOne({ _id, q, position, pending: null }, { $set: to }, { upsert: q === 0 });
    return found.matchedCount + found.upsertedCount === 1;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === DUPLICATE) return false;
    throw error;
  }
}

/** The journal is written in order: with the checkpoint everything before it is on the disk, and who has been answered may go on from it. */
const onDisk = { writeConcern: { journal: true } } as const;

async function finish(db: Db, projection: string, { attempt, position, q }: Pending, known?: readonly Work[]): Promise<void> {
  const all = known ?? (await keptWork(db, projection, attempt));
  if (!all) return;
  await apply(db, all, q);
  const passed = { $set: { position, q, pending: null } };
  await states(db).updateOne({ _id: projection, 'pending.attempt': attempt }, passed, onDisk);
  await kept(db).deleteMany({ attempt });
}

/** Undefined where another has finished it meanwhile: it is whole as long as the claim is valid. */
async function keptWork(db: Db, projection: string, attempt: string): Promise<readonly Work[] | undefined> {
  const pieces = await kept(db).find({ attempt }).sort({ _id: 1 }).toArray();
  const claimed = await states(db).findOne({ _id: projection, 'pending.attempt': attempt });
  return claimed ? JSON.parse(pieces.map(({ work }) => work).join('')) : undefined;
}
