import { accessDenied, notLeader, unauthenticated } from './failure.js';
import type { Hazards } from './hazards.js';
import type { Metadata } from './protocol.js';

export interface User {
  readonly password: string;
  /** What `$admins` may, what an ordinary user may ($all is for `$admins`), or nothing, as by an access list that leaves the user out. */
  readonly may: 'everything' | 'streams' | 'nothing';
}

export type Guard = ReturnType<typeof createGuard>;

/** Who may do what. Without users everybody may do everything, as on an insecure server. */
export function createGuard(users: Readonly<Record<string, User>> | undefined, hazards: Hazards) {
  function userOf(metadata: Metadata): User | undefined {
    const [authorization] = metadata.get('authorization');
    if (!users || authorization === undefined) return undefined;
    const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(String(authorization).replace(/^Basic /, ''), 'base64').toString()) ?? [];
    const user = users[name ?? ''];
    if (!user || user.password !== password) throw unauthenticated();
    return user;
  }

  function may(metadata: Metadata, stream: string): void {
    if (!users) return;
    const user = userOf(metadata);
    if (user?.may === 'everything') return;
    if (user?.may !== 'streams' || stream.startsWith('$')) throw accessDenied();
  }

  return {
    /** Before anything else of a call. */
    enter(metadata: Metadata): void {
      userOf(metadata);
      const leader = hazards.leader();
      if (leader && metadata.get('requires-leader').length > 0) throw notLeader(leader);
    },
    mayRead: may,
    mayWrite: may,
  };
}
