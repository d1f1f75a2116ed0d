import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Lag } from '#event-log';

/** Labels are names of routes, commands and views: never an id, never anything personal. */
export interface Metrics {
  httpAnswered(route: string, method: string, status: number, seconds: number): void;
  commandExecuted(name: string, outcome: string): void;
  appended(seconds: number): void;
  inboundSettled(outcome: 'accepted' | 'duplicate' | 'rejected'): void;
  /** Events that the brokers have committed, and records that were too large for their topic. */
  published(sent: { readonly published: number; readonly withoutValue: number }): void;
  /** Entries of the access log. */
  customersShown(entries: number): void;
  /** Entries that were not recorded, as the store was out of reach for too long. */
  accessesLost(entries: number): void;
  feedsOpen(change: 1 | -1): void;
  /** Called at each scrape. */
  onScrape(read: () => Promise<Scraped>): void;
  /** Prometheus text format 0.0.4. */
  render(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

export interface Scraped {
  readonly views: readonly ProjectionLag[];
  /** Of what the relay has published; absent where that is not known here. */
  readonly relay?: Lag;
  readonly processes?: readonly ScrapedProcess[];
  /** Customers whose erasure is overdue; absent until the view that counts them is built. */
  readonly erasuresOverdue?: number | undefined;
  /** Receipts of subscribers for erasures, likewise. */
  readonly receiptsOverdue?: number | undefined;
  /** Customers and curators whose keys are lost; absent where the store of keys is away. */
  readonly keysLost?: number | undefined;
}

export interface ScrapedProcess extends Partial<Lag> {
  readonly name: string;
  /** `running` when it has read the log, unless something is wrong. */
  readonly state: string;
  readonly open: number;
  readonly stuck: number;
}

export interface ProjectionLag extends Lag {
  readonly view: string;
  /** Customers whose events wait behind a failing one. */
  readonly parked: number;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const http = new Histogram({
    name: 'letopis_http_request_duration_seconds',
    help: 'Response time, by route template',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5],
    registers,
  });
  const counter = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const commands = counter('letopis_commands_total', 'Commands by outcome', 'command', 'outcome');
  const inbound = counter('letopis_inbound_messages_total', 'Messages received over Kafka, by outcome', 'outcome');
  const withoutValue = counter(
    'letopis_relay_records_without_value_total',
    'Records that were too large for their Kafka topic and were published with ce_dataref instead of their value',
  );
  const relayed = counter('letopis_relay_events_published_total', 'Events that the relay of this process has published to Kafka');
  const accesses = counter('letopis_access_log_entries_total', 'Customers whose data were shown, once for each answer');
  const accessesLost = counter(
    'letopis_access_log_lost_total',
    'Entries of the access log that were not recorded, as its storage was unavailable and memory was full',
  );
  const append = new Histogram({
    name: 'letopis_append_duration_seconds',
    help: 'Time until an append is durable',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5],
    registers,
  });
  const feeds = gauge('letopis_feeds_open', 'Live feeds open now');
  const lagGauges = <Label extends string = never>(name: string, of: string, ...labelNames: Label[]) => ({
    seconds: gauge(`letopis_${name}_lag_seconds`, `Age of the oldest event ${of}, 0 when caught up`, ...labelNames),
    events: gauge(`letopis_${name}_lag_events`, `Events ${of}, if the log counts them`, ...labelNames),
  });
  const lag = lagGauges('projection', 'that the view has not applied', 'view');
  const relayLag = lagGauges('relay', 'that the relay of this process has not published');
  const processLag = lagGauges('process', 'that the process has not read', 'process');
  const parked = gauge('letopis_parked_customers', 'Customers parked behind a failing event', 'view');
  const processUp = gauge('letopis_process_up', '1 while the process runs, from when it has read the log', 'process');
  const processOpen = gauge('letopis_process_open', 'Customers with a pending action, now or later', 'process');
  const processStuck = gauge('letopis_process_stuck', 'Customers that the process skips', 'process');
  const erasuresOverdue = gauge(
    'letopis_erasures_overdue',
    'Customers whose erasure was requested more than a month ago, and neither carried out nor rejected',
  );
  const receiptsOverdue = gauge(
    'letopis_erasure_receipts_overdue',
    'Subscribers that did not confirm an erasure in time, and have not since',
  );
  const keysLostGauge = gauge('letopis_keys_lost', 'Customers and curators whose keys are known to be lost');
  let read: () => Promise<Scraped> = async () => ({ views: [] });
  const series = new Map<string, ReturnType<typeof http.labels>>();

  return {
    httpAnswered(route, method, status, seconds) {
      const key = `${method} ${status} ${route}`;
      const one = series.get(key) ?? http.labels({ route, method, status: String(status) });
      series.set(key, one);
      one.observe(seconds);
    },
    commandExecuted: (command, outcome) => commands.inc({ command, outcome }),
    appended: (seconds) => append.observe(seconds),
    inboundSettled: (outcome) => inbound.inc({ outcome }),
    published(sent) {
      relayed.inc(sent.published);
      withoutValue.inc(sent.withoutValue);
    },
    customersShown: (entries) => accesses.inc(entries),
    accessesLost: (entries) => accessesLost.inc(entries),
    feedsOpen: (change) => (change === 1 ? feeds.inc() : feeds.dec()),
    onScrape: (reader) => {
      read = reader;
    },
    async render() {
      const {
        views,
        relay,
        processes = [],
        erasuresOverdue: overdue,
        receiptsOverdue: receipts,
        keysLost,
      }: Scraped = await read().catch(() => ({ views: [] }));
      // While the store is away there are none, rather than the last ones that it said.
      for (const gauge of [lag.seconds, lag.events, processLag.seconds, processLag.events, parked]) gauge.reset();
      for (const gauge of [relayLag.seconds, relayLag.events, erasuresOverdue, receiptsOverdue, keysLostGauge]) gauge.remove();
      if (overdue !== undefined) erasuresOverdue.set(overdue);
      if (receipts !== undefined) receiptsOverdue.set(receipts);
      if (keysLost !== undefined) keysLostGauge.set(keysLost);
      if (relay) relayLag.seconds.set(relay.lagSeconds);
      if (relay?.lagEvents !== undefined) relayLag.events.set(relay.lagEvents);
      for (const { name: process, state, open, stuck, ...of } of processes) {
        processUp.set({ process }, state === 'running' ? 1 : 0);
        processOpen.set({ process }, open);
        processStuck.set({ process }, stuck);
        if (of.lagSeconds !== undefined) processLag.seconds.set({ process }, of.lagSeconds);
        if (of.lagEvents !== undefined) processLag.events.set({ process }, of.lagEvents);
      }
      for (const { view, ...of } of views) {
        lag.seconds.set({ view }, of.lagSeconds);
        if (of.lagEvents !== undefined) lag.events.set({ view }, of.lagEvents);
        parked.set({ view }, of.parked);
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
    close: () => registry.clear(),
  };
};
