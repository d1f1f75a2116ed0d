import { AnyObject, Instant, Optional, Text } from '../kernel/body.js';
import { type CommandOf, command, leads } from '../kernel/command.js';

export class PublishPolicy {
  /** The whole new document; its shape depends on the policy. */
  @AnyObject() document!: object;
  /** At once when absent. Not for `company`, `masking` and `retention`, whose last version is in force for all time. */
  @Optional() @Instant() effectiveFrom?: string;
  @Optional() @Text(500) reason?: string;
}

export const policyCommands = [
  command({
    name: 'publish-policy',
    body: PublishPolicy,
    path: '/policies/:policyName',
    summary: 'Publish the next version of a policy; once in force it replaces all earlier versions, also those scheduled for later',
    roles: leads,
    rejections: ['policy-unknown', 'policy-document-invalid', 'policy-timeless', 'instant-impossible'],
  }),
] as const;
export type PolicyCommand = CommandOf<(typeof policyCommands)[number]>;
