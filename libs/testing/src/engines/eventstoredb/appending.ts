import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Answered, answerOf, expectedIn, fillAnswer, nameIn, proposedIn } from './append-messages.js';
import type { EventStore, Expected } from './event-store.js';
import { asFailure, type Failure, handlerFailed, streamDeleted, timedOut, tooLarge, wrongExpectedVersion } from './failure.js';
import type { Guard } from './guard.js';
import type { Hazards } from './hazards.js';
import type { Call, Callback, Metadata } from './protocol.js';
import type { Proposed } from './recorded.js';

const MS_OF_COMMIT_PHASE = 2_000;

/** `Streams.Append`, `BatchAppend`, `Delete` and `Tombstone`. */
export function appendHandlers(store: EventStore, guard: Guard, hazards: Hazards, maxAppendSize: number) {
  async function append(
    call: { readonly metadata: Metadata },
    stream: string,
    expected: Expected,
    proposed: readonly Proposed[],
    begun: number,
  ): Promise<Answered> {
    if (stream === '') throw handlerFailed();
    guard.mayWrite(call.metadata, stream);
    const size = proposed.reduce((sum, { type, data, metadata }) => sum + 2 * type.length + data.length + metadata.length, 0);
    if (size > maxAppendSize) throw tooLarge(maxAppendSize);
    const appended = await hazards.append(call, () => store.append(stream, expected, proposed, begun));
    if (appended.kind === 'stream-deleted') throw streamDeleted(stream);
    if (appended.kind === 'commit-timeout') {
      await new Promise((resolve) => setTimeout(resolve, MS_OF_COMMIT_PHASE));
      throw timedOut('Commit phase timeout.');
    }
    return appended;
  }

  return {
    append(call: Call<'append'>, callback: (error: Failure | null, answer?: Uint8Array) => void): void {
      const begun = store.durable();
      const proposed: Proposed[] = [];
      let options: streams.AppendReq.Options | undefined;
      let failure: Failure | undefined;
      call.on('data', (request: streams.AppendReq) => {
        options ??= request.getOptions();
        try {
          const message = request.getProposedMessage();
          if (message) proposed.push(proposedIn(message));
        } catch (error) {
          failure ??= asFailure(error);
        }
      });
      call.on('end', async () => {
        try {
          if (failure) throw failure;
          if (!options) throw handlerFailed();
          const expected = expectedIn(options, options.getRevision());
          callback(null, answerOf(await append(call, nameIn(options), expected, proposed, begun), expected));
        } catch (error) {
          callback(asFailure(error));
        }
      });
    },

    batchAppend(call: Call<'batchAppend'>): void {
      const open = new Map<
        string,
        { readonly options: streams.BatchAppendReq.Options; readonly proposed: Proposed[]; readonly begun: number; failure?: Failure }
      >();
      let unanswered = 0;
      let ended = false;
      const endWhenAnswered = () => ended && unanswered === 0 && call.end();
      call.on('data', async (request: streams.BatchAppendReq) => {
        const correlation = request.getCorrelationId()!;
        const key = correlation.getString();
        const options = request.getOptions();
        if (options) open.set(key, { options, proposed: [], begun: store.durable() });
        const one = open.get(key);
        if (!one) return;
        try {
          for (const message of request.getProposedMessagesList()) one.proposed.push(proposedIn(message));
        } catch (error) {
          one.failure ??= asFailure(error);
        }
        if (!request.getIsFinal()) return;
        open.delete(key);
        unanswered++;
        const answer = new streams.BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(one.options.getStreamIdentifier());
        try {
          if (one.failure) throw one.failure;
          const expected = expectedIn(one.options, one.options.getStreamPosition());
          fillAnswer(answer, await append(call, nameIn(one.options), expected, one.proposed, one.begun), expected);
        } catch (error) {
          answer.setError(asFailure(error).inBatch);
        }
        if (!call.cancelled && !call.writableEnded) call.write(answer);
        unanswered--;
        endWhenAnswered();
      });
      call.on('end', () => {
        ended = true;
        endWhenAnswered();
      });
    },

    delete(call: Call<'delete'>, callback: Callback<'delete'>): void {
      const { DeleteResp } = streams;
      const answer = (at: string) => new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(at).setPreparePosition(at));
      remove('delete', call).then(
        (at) => callback(null, answer(at)),
        (error) => callback(asFailure(error)),
      );
    },

    tombstone(call: Call<'tombstone'>, callback: Callback<'tombstone'>): void {
      const { TombstoneResp } = streams;
      const answer = (at: string) =>
        new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(at).setPreparePosition(at));
      remove('tombstone', call).then(
        (at) => callback(null, answer(at)),
        (error) => callback(asFailure(error)),
      );
    },
  };

  async function remove(how: 'delete' | 'tombstone', call: Call<'delete'> | Call<'tombstone'>): Promise<string> {
    const options = call.request.getOptions()!;
    const stream = nameIn(options);
    guard.mayWrite(call.metadata, stream);
    const expected = expectedIn(options, options.getRevision());
    const removed = await store.remove(stream, expected, how);
    if (removed.kind === 'wrong-expected-version') throw wrongExpectedVersion(stream, String(expected), removed.current);
    if (removed.kind !== 'appended') throw streamDeleted(stream);
    return String(removed.position);
  }
}
