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
const CONNECTIONS = 64;
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const method = 'POST';
const pathOf = (customer: number) => `/customers/bench-${customer}/contacts`;

/** Each connection has customers of its own: the requests of all of them for each would take a second to make, in which nothing is sent. */
let connection = 0;
function setupClient(client: autocannon.Client): void {
  const requests = [];
  for (let customer = connection++; customer < Number(customers); customer += CONNECTIONS)
    requests.push({ method, path: pathOf(customer), headers, body } as const);
  client.setRequests(requests);
}

const result = await autocannon({
  url: url + pathOf(0),
  method,
  headers,
  body,
  connections: CONNECTIONS,
  duration: Number(seconds),
  setupClient,
});
console.log(
  JSON.stringify({
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  }),
);
