import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';

export interface Api {
  readonly url: string;
  /** Of a service or an auditor. */
  readonly key: string;
}

/** What a record says. One that was too large for its topic has no value, and says where the chronicle answers it: null where it is gone. */
export const readValue = async ({ value, headers = {} }: Pick<KafkaMessage, 'value' | 'headers'>, api: Api): Promise<unknown> =>
  headers.ce_dataref === undefined ? JSON.parse(String(value)) : get(api, String(headers.ce_dataref));

/** Waits where the chronicle asks to. */
export const get = async ({ url, key }: Api, address: string): Promise<unknown> => {
  for (;;) {
    const response = await fetch(URL.canParse(address) ? address : url + address, { headers: { authorization: `Bearer ${key}` } });
    if (response.ok) return response.json();
    if (response.status === 404) return null;
    const wait = Number(response.headers.get('retry-after'));
    if (wait === 0) throw new Error(`${address.split('?')[0]} was answered with ${response.status}: ${await response.text()}`);
    await sleep(wait * 1000);
  }
};
