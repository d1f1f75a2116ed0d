import { canonicalJson } from '#event-log/canonical-json.js';
import type { RowCommand } from '../../sink/command-sink.js';
import type { ImportHash } from './import-hashes.js';

/** 8 bytes: of a hundred million commands two have the same in one case of four thousand. */
export const ID_BYTES = 8;
/** 4 bytes. */
export const CONTENT_BYTES = 4;

export const idHashOf = (hash: ImportHash, commandId: string): Buffer => beginningOf(hash(commandId), ID_BYTES);

/** What the command says, so that its id with another content is noticed. */
export const contentHashOf = (hash: ImportHash, { name, target, body, occurredAt }: Omit<RowCommand, 'source'>): Buffer =>
  beginningOf(hash(canonicalJson({ name, target, body, occurredAt })), CONTENT_BYTES);

const beginningOf = (hex: string, bytes: number): Buffer => Buffer.from(hex.slice(0, 2 * bytes), 'hex');

/** Numbers of 32 bits that a slot takes: two of the id, one of the content. */
const SLOT = 3;

/** Commands by the hashes of their ids, in some 24 to 48 bytes each: a system's imports may remember millions. */
export function createKnownCommands() {
  let slots = 1_024;
  let table = new Uint32Array(slots * SLOT);
  let count = 0;

  /** Index of the slot of the id, or of the empty one where it belongs. An id of nothing but zeros would look empty. */
  function slotOf(high: number, low: number): number {
    for (let slot = low & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * SLOT;
      if ((table[at] === high && table[at + 1] === low) || (table[at] === 0 && table[at + 1] === 0)) return at;
    }
  }

  function put(high: number, low: number, content: number): void {
    const at = slotOf(high, low);
    if (table[at] === 0 && table[at + 1] === 0) count += 1;
    table[at] = high;
    table[at + 1] = low;
    table[at + 2] = content;
  }

  function grow(): void {
    const before = table;
    slots *= 2;
    table = new Uint32Array(slots * SLOT);
    count = 0;
    for (let at = 0; at < before.length; at += SLOT)
      if (before[at] !== 0 || before[at + 1] !== 0) put(before[at]!, before[at + 1]!, before[at + 2]!);
  }

  return {
    /** Hashes one after another, of as many commands in both. */
    add(ids: Buffer, contents: Buffer): void {
      for (let at = 0; at * ID_BYTES < ids.length; at++) {
        if (count * 2 >= slots) grow();
        put(...idAt(ids, at * ID_BYTES), contents.readUInt32BE(at * CONTENT_BYTES));
      }
    },
    /** Hash of what the command said; undefined for one that is not known. */
    contentOf(id: Buffer): Buffer | undefined {
      const [high, low] = idAt(id, 0);
      const at = slotOf(high, low);
      if (table[at] === 0 && table[at + 1] === 0) return undefined;
      const content = Buffer.alloc(CONTENT_BYTES);
      content.writeUInt32BE(table[at + 2]!);
      return content;
    },
    get size() {
      return count;
    },
  };
}

const idAt = (ids: Buffer, at: number): [high: number, low: number] => [ids.readUInt32BE(at) || 1, ids.readUInt32BE(at + 4)];
