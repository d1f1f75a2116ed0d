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
  const commands = new Counter({
    name: 'letopis_commands_total',
    help: 'Commands by outcome',
    labelNames: ['command', 'outcome'] as const,
    registers,
  });
  const inbound = new Counter({
    name: 'letopis_inbound_messages_total',
    help: 'Messages received over Kafka, by outcome',
    labelNames: ['outcome'] as const,
    registers,
  });
  const withoutValue = new Counter({
    name: 'letopis_relay_records_without_value_total',
    help: 'Records that were too large for their Kafka topic and were published with ce_dataref instead of their value',
    registers,
  });
  const relayed = new Counter({
    name: 'letopis_relay_events_published_total',
    help: 'Events that the relay of this process has published to Kafka',
    registers,
  });
  const append = new Histogram({
    name: 'letopis_append_duration_seconds',
    help: 'Time until an append is durable',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5],
    registers,
  });
  const feeds = new Gauge({ name: 'letopis_feeds_open', help: 'Live feeds open now', registers });
  const lagGauges = <Label extends string>(name: string, of: string, labelNames: readonly Label[]) => ({
    seconds: new Gauge<Label>({
      name: `letopis_${name}_lag_seconds`,
      help: `Age of the oldest event ${of}, 0 when caught up`,
      labelNames,
      registers,
    }),
    events: new Gauge<Label>({
      name: `letopis_${name}_lag_events`,
      help: `Events ${of}, if the log counts them`,
      labelNames,
      registers,
    }),
  });
  const lag = lagGauges('projection', 'that the view has not applied', ['view']);
  const relayLag = lagGauges('relay', 'that the relay of this process has not published', []);
  const processLag = lagGauges('process', 'that the process has not read', ['process']);
  const parked = new Gauge({
    name: 'letopis_parked_customers',
    help: 'Customers parked behind a failing event',
    labelNames: ['view'] as const,
    registers,
  });
  const ofProcesses = { labelNames: ['process'] as const, registers };
  const processUp = new Gauge({
    name: 'letopis_process_up',
    help: '1 while the process runs, from when it has read the log',
    ...ofProcesses,
  });
  const processOpen = new Gauge({
    name: 'letopis_process_open',
    help: 'Customers with a pending action, now or later',
    ...ofProcesses,
  });
  const processStuck = new Gauge({ name: 'letopis_process_stuck', help: 'Customers that the process skips', ...ofProcesses });
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
    feedsOpen: (change) => (change === 1 ? feeds.inc() : feeds.dec()),
    onScrape: (reader) => {
      read = reader;
    },
    async render() {
      const { views, relay, processes = [] }: Scraped = await read().catch(() => ({ views: [] }));
      // While the store is away there are none, rather than the last ones that it said.
      for (const gauge of [lag.seconds, lag.events, processLag.seconds, processLag.events, parked]) gauge.reset();
      for (const gauge of [relayLag.seconds, relayLag.events]) gauge.remove();
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
