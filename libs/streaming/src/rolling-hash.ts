import { hash } from 'node:crypto';

/**
 * So many events and one hash over all of them, in order: h(0) is 32 zero bytes, h(n) = SHA-256(h(n-1) ‖ content hash of event n).
 * Whoever has the content hashes can compute it; personal fields are not needed.
 */
export interface Chain {
  readonly events: number;
  /** Hex. */
  readonly hash: string;
}

const BYTES = 32;

export const emptyChain: Chain = { events: 0, hash: '0'.repeat(2 * BYTES) };

const both = Buffer.alloc(2 * BYTES);

/** @param contentHash hex, as it stands beside the event in the log and in `ce_contenthash` */
export const extended = ({ events, hash: former }: Chain, contentHash: string): Chain => {
  both.write(former, 'hex');
  both.write(contentHash, BYTES, 'hex');
  return { events: events + 1, hash: hash('sha256', both, 'hex') };
};
