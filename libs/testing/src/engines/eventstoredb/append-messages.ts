import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Appended, Expected } from './event-store.js';
import { handlerFailed, propertyMissing, wrongExpectedInBatch } from './failure.js';
import type { Proposed } from './recorded.js';

interface AppendOptions {
  getStreamIdentifier(): shared.StreamIdentifier | undefined;
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

export const nameIn = (options: Pick<AppendOptions, 'getStreamIdentifier'>): string =>
  Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

export function expectedIn(options: AppendOptions, revision: string): Expected {
  if (options.hasNoStream()) return 'none';
  if (options.hasAny()) return 'any';
  return options.hasStreamExists() ? 'exists' : Number(revision);
}

const GUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export function proposedIn(message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage): Proposed {
  const id = message.getId()?.getString() ?? '';
  if (!GUID.test(id)) throw handlerFailed('Unrecognized Guid format.');
  const metadata = message.getMetadataMap();
  for (const property of ['type', 'content-type']) if (metadata.get(property) === undefined) throw propertyMissing(property);
  const type = metadata.get('type')!;
  if (type === '') throw handlerFailed();
  return {
    id: id.toLowerCase(),
    type,
    contentType: metadata.get('content-type')!,
    metadata: message.getCustomMetadata_asU8(),
    data: message.getData_asU8(),
  };
}

export type Answered = Extract<Appended, { readonly kind: 'appended' | 'wrong-expected-version' }>;

const empty = () => new shared.Empty();
const { AppendResp } = streams;

/** A serialized `AppendResp`: what the generated code writes for `no stream` is not what a real server sends. */
export function answerOf(appended: Answered, expected: Expected): Uint8Array {
  if (appended.kind === 'wrong-expected-version') return wrongExpectedAnswer(appended.current, expected);
  const at = String(appended.position);
  const success = new AppendResp.Success().setPosition(new AppendResp.Position().setCommitPosition(at).setPreparePosition(at));
  if (appended.revision < 0) success.setNoStream(empty());
  else success.setCurrentRevision(String(appended.revision));
  return new AppendResp().setSuccess(success).serializeBinary();
}

function wrongExpectedAnswer(current: number, expected: Expected): Uint8Array {
  const wrong = new AppendResp.WrongExpectedVersion();
  if (current < 0) wrong.setNoStream2060(empty()).setCurrentNoStream(empty());
  else wrong.setCurrentRevision2060(current).setCurrentRevision(String(current));
  if (expected === 'none') return withoutStreamExpected(wrong.setExpectedNoStream(empty()));
  if (expected === 'any') wrong.setAny2060(empty()).setExpectedAny(empty());
  else if (expected === 'exists') wrong.setStreamExists2060(empty()).setExpectedStreamExists(empty());
  else wrong.setExpectedRevision2060(expected).setExpectedRevision(String(expected));
  return new AppendResp().setWrongExpectedVersion(wrong).serializeBinary();
}

/** Field 3, the expected revision of old clients, is 2^64 - 1, which a number of JavaScript cannot hold. */
const REVISION_OF_NO_STREAM = Buffer.from('18ffffffffffffffffff01', 'hex');
const WRONG_EXPECTED_VERSION = 0x12;
function withoutStreamExpected(wrong: streams.AppendResp.WrongExpectedVersion): Uint8Array {
  const message = Buffer.concat([wrong.serializeBinary(), REVISION_OF_NO_STREAM]);
  return Buffer.concat([Buffer.from([WRONG_EXPECTED_VERSION, message.length]), message]);
}

export function fillAnswer(answer: streams.BatchAppendResp, appended: Answered, expected: Expected): void {
  if (appended.kind === 'wrong-expected-version') {
    answer.setError(wrongExpectedInBatch(batchDetails(appended.current, expected)));
    return;
  }
  const at = String(appended.position);
  const success = new streams.BatchAppendResp.Success().setPosition(
    new shared.AllStreamPosition().setCommitPosition(at).setPreparePosition(at),
  );
  if (appended.revision < 0) success.setNoStream(empty());
  else success.setCurrentRevision(String(appended.revision));
  answer.setSuccess(success);
}

function batchDetails(current: number, expected: Expected): shared.WrongExpectedVersion {
  const details = new shared.WrongExpectedVersion();
  if (current < 0) details.setCurrentNoStream(empty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'none') return details.setExpectedNoStream(empty());
  if (expected === 'any') return details.setExpectedAny(empty());
  return expected === 'exists' ? details.setExpectedStreamExists(empty()) : details.setExpectedStreamPosition(String(expected));
}
