import autocannon from 'autocannon';

/** In a process of its own: 64 connections that each wait for their answer. Prints what came of it as JSON. */

const [url = '', key = '', seconds = '3', customers = '1000'] = process.argv.slice(2);

const body = JSON.stringify({
  channel: 'phone',
  direction: 'inbound',
  purpose: 'negotiation',
  summary: 'Asked for a revised offer with delivery in March; price is fine, terms of payment are not. Calls back on Thursday.',
  result: 'Send the offer by Thursday',
  durationSeconds: 720,
});
const requests = Array.from({ length: Number(customers) }, (_, i) => ({
  method: 'POST' as const,
  path: `/customers/bench-${(i * 7919) % Number(customers)}/contacts`,
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body,
}));

const result = await autocannon({ url, connections: 64, duration: Number(seconds), requests });
console.log(
  JSON.stringify({
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  }),
);
