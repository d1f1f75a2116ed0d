import { Controller, Get, Inject, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { hasFingerprintSecret, problemType } from '#platform';
import { MasterKeyMissing, MasterKeyUnavailable } from '#privacy';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import type { ThreadHost, ThreadState } from '../threads/thread-host.js';
import { keysAnswer } from './keys-answer.js';
import { readViewHealth } from './view-health.js';

const stalled = (name: 'relay' | 'inbound', host: ThreadHost): object => {
  const error = host.stalledBy();
  return error === undefined ? {} : { [`${name}StalledBy`]: error };
};

/** By so much the clock may differ from that of the server of the event log. */
const CLOCK_MS = 30_000;

/** Open to everyone: names of views, positions and numbers of parked customers, no ids and no contents of views. */
@Controller('/health')
export class HealthController {
  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  /** The process answers; a restart would not make it better. */
  @Get('/live')
  @RouteConfig({ access: { open: true } })
  live(): { readonly status: 'up' } {
    return { status: 'up' };
  }

  /**
   * Whether requests should be sent here: the log, the views, the API keys and the keys of customers can be read and none of these is lost, commands are decided, a projector keeps the views up
   * to date, what is read can be recorded, what is to be published gets out, and what others send is taken. Processes are
   * named beside: requests are answered without them.
   */
  @Get('/ready')
  @RouteConfig({ access: { open: true } })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const deciding = this.services.deciding.state();
    const projector = this.services.projector.state();
    const stalledBy = this.services.projector.stalledBy();
    const relay = this.services.relay.state();
    const inbound = this.services.inbound.state();
    const [readable, keys, keysFailure, lasting, processes] = await Promise.all([
      readViewHealth(this.services).catch(() => undefined),
      keysAnswer(this.services.keys).then(
        () => 'up' as const,
        () => 'down' as const,
      ),
      this.services.subjectKeys.assertMasterKeys().then(
        () => undefined,
        (error: Error) => error,
      ),
      this.problems(),
      this.services.processes.health(),
    ]);
    const lost = await this.services.lostKeys.count(readable?.keysLost ?? []).catch(() => 0);
    const subjectKeys = keysFailure === undefined ? 'up' : 'down';
    const problems = [
      ...lasting,
      ...(lost > 0 ? [{ type: problemType('key-lost'), subjects: lost }] : []),
      ...(keysFailure instanceof MasterKeyMissing ? [{ type: problemType('master-key-missing'), key: keysFailure.masterKeyId }] : []),
      ...(keysFailure instanceof MasterKeyUnavailable ? [{ type: problemType('master-key-missing') }] : []),
    ];
    const atWork = (state: ThreadState) => state !== 'restarting' && state !== 'stopped';
    // One that stopped for good has left its work to another.
    const underWay = (state: ThreadState) => state !== 'starting' && state !== 'restarting';
    const streaming = underWay(relay) && underWay(inbound);
    const projecting = atWork(projector) && stalledBy === undefined;
    const accessLog = this.services.accessLog.state();
    const up =
      readable?.views.every(({ live }) => live) === true &&
      atWork(deciding) &&
      projecting &&
      streaming &&
      keys === 'up' &&
      subjectKeys === 'up' &&
      lost === 0 &&
      accessLog === 'up';
    reply
      .code(up ? 200 : 503)
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(
        JSON.stringify({
          status: up ? 'ready' : 'not-ready',
          deciding,
          projector,
          ...(stalledBy !== undefined && { stalledBy }),
          relay,
          ...stalled('relay', this.services.relay),
          inbound,
          ...stalled('inbound', this.services.inbound),
          processes,
          keys,
          subjectKeys,
          accessLog,
          ...(problems.length > 0 && { problems }),
          head: readable?.head ?? null,
          views: readable?.views ?? [],
        }),
      );
  }

  /** What rejects some commands until it is mended. */
  private async problems(): Promise<readonly object[]> {
    const { deciding, keys, log } = this.services;
    const aheadMs = log.clock?.aheadMs() ?? 0;
    const missing = [
      ...(Math.abs(aheadMs) > CLOCK_MS ? [{ type: problemType('clock-off'), aheadSeconds: Math.round(aheadMs / 1_000) }] : []),
      ...deciding.missingKeys().map((key) => ({ type: problemType('fingerprint-key-missing'), key })),
      ...this.services.notUnderstood().map(({ stream, revision }) => ({ type: problemType('event-not-understood'), stream, revision })),
    ];
    // Where the keys cannot be read at all, `keys` says so.
    const withoutSecret = deciding.beganWithoutSecret() && !(await hasFingerprintSecret(keys).catch(() => true));
    return withoutSecret ? [...missing, { type: problemType('fingerprint-secret-missing') }] : missing;
  }
}
