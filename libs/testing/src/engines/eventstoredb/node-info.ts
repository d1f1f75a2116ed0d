import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Leader } from './hazards.js';

const VERSION = '23.10.7';
const streamsMethods: readonly (readonly [name: string, features: readonly string[]])[] = [
  ['read', ['position', 'events']],
  ['append', []],
  ['delete', []],
  ['tombstone', []],
];
const batchAppendMethod = ['batchappend', ['deadline_duration']] as const;

export function supportedMethods(batchAppend: boolean): features.SupportedMethods {
  const methods = batchAppend ? [...streamsMethods, batchAppendMethod] : streamsMethods;
  return new features.SupportedMethods().setEventStoreServerVersion(VERSION).setMethodsList(
    methods.map(([name, list]) =>
      new features.SupportedMethod()
        .setMethodName(name)
        .setServiceName('event_store.client.streams.streams')
        .setFeaturesList([...list]),
    ),
  );
}

const { VNodeState } = gossip.MemberInfo;
const instanceId = randomUUID();
const TICKS_PER_MS = 10_000;

/** One node that leads, or this one and the leader that it follows. */
export function clusterInfo(self: Leader, leader: Leader | undefined): gossip.ClusterInfo {
  const members = leader ? [member(self, VNodeState.FOLLOWER), member(leader, VNodeState.LEADER)] : [member(self, VNodeState.LEADER)];
  return new gossip.ClusterInfo().setMembersList(members);
}

function member({ host, port }: Leader, state: gossip.MemberInfo.VNodeState): gossip.MemberInfo {
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(instanceId))
    .setTimeStamp(String(Date.now() * TICKS_PER_MS))
    .setState(state)
    .setIsAlive(true)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
}
