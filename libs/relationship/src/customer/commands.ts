import {
  AcquisitionMethodBody,
  BirthDate,
  Flag,
  Id,
  Labels,
  ListOf,
  Nested,
  OneOf,
  Optional,
  SomeText,
  Text,
  Texts,
  Whole,
  Word,
} from '../kernel/body.js';
import { command, staff, staffAndCustomer } from '../kernel/command.js';
import { type CustomerRole, customerRoles } from './events.js';

export class IdentifierBody {
  @Word() kind!: string;
  @SomeText(500) value!: string;
  @Optional() @Word() label?: string;
}

export class PersonBody {
  @Optional() @BirthDate() birthDate?: string;
  /** What was said of it where it is no date. */
  @Optional() @Word() birthDateAsGiven?: string;
  @Optional() @Word() familyStatus?: string;
  @Optional() @Text(100) annualIncome?: string;
  @Optional() @Text(500) property?: string;
  @Optional() @Texts(50, 200) preferences?: string[];
}

export class DecisionMakerBody {
  @SomeText(300) name!: string;
  @Optional() @Word() role?: string;
}

export class OrganisationBody {
  @Optional() @Word() industry?: string;
  @Optional() @Whole(0, Number.MAX_SAFE_INTEGER) employees?: number;
  @Optional() @Text(100) revenue?: string;
  @Optional() @Flag() leaderInIndustry?: boolean;
  @Optional() @ListOf(() => DecisionMakerBody, 50) decisionMakers?: DecisionMakerBody[];
}

export class RecordProfile {
  @Optional() @Nested(() => PersonBody) person?: PersonBody;
  @Optional() @Nested(() => OrganisationBody) organisation?: OrganisationBody;
  @Optional() @Labels(500) attributes?: Record<string, string>;
}

export const customerKinds = ['person', 'organisation'] as const;
export const correctableDetails = ['displayName', 'segment', 'language', 'role'] as const;

export class RegisterCustomer {
  /** An opaque ULID or UUID: never an e-mail address, a phone number or a name. */
  @Id() customerId!: string;
  @OneOf(customerKinds) kind!: (typeof customerKinds)[number];
  @Optional() @OneOf(customerRoles) role?: CustomerRole;
  @Optional() @SomeText(300) displayName?: string;
  @Optional() @Word() segment?: string;
  @Optional() @Word() language?: string;
  @Optional() @ListOf(() => IdentifierBody, 100) identifiers?: IdentifierBody[];
  @Optional() @Nested(() => AcquisitionMethodBody) acquisition?: AcquisitionMethodBody;
  @Optional() @Nested(() => RecordProfile) profile?: RecordProfile;
}

export class AddIdentifier extends IdentifierBody {}

export class RemoveIdentifier {
  @Word() kind!: string;
  @Text(500) value!: string;
  @Optional() @Text(500) reason?: string;
}

export class CorrectDetails {
  @OneOf(correctableDetails) field!: (typeof correctableDetails)[number];
  @SomeText(300) to!: string;
  @Optional() @Text(500) reason?: string;
}

export class GrantConsent {
  @Word() channel!: string;
  /** All purposes when left out. */
  @Optional() @Word() purpose?: string;
  /** How we know: form, call, message, import. */
  @Word() via!: string;
}

export class WithdrawConsent extends GrantConsent {}

export class RecordAcquisition extends AcquisitionMethodBody {}

export const customerCommands = [
  command({
    name: 'register-customer',
    body: RegisterCustomer,
    path: '/customers',
    generatedId: 'customerId',
    summary: 'Register a person or an organisation',
    roles: staff,
    rejections: ['customer-already-registered', 'curator-departing', 'birth-date-impossible', 'email-invalid'],
  }),
  command({
    name: 'add-identifier',
    body: AddIdentifier,
    path: '/customers/:customerId/identifiers',
    summary: 'Add an e-mail address, a phone number or another identifier',
    roles: staff,
    rejections: ['email-invalid'],
    setsState: true,
  }),
  command({
    name: 'remove-identifier',
    body: RemoveIdentifier,
    path: '/customers/:customerId/identifiers/remove',
    summary: 'Remove an identifier',
    roles: staff,
    rejections: ['identifier-unknown'],
    setsState: true,
  }),
  command({
    name: 'record-profile',
    body: RecordProfile,
    path: '/customers/:customerId/profile',
    summary: 'Record profile details of the customer',
    roles: staff,
    rejections: ['nothing-recorded', 'birth-date-impossible'],
    setsState: true,
  }),
  command({
    name: 'correct-details',
    body: CorrectDetails,
    path: '/customers/:customerId/corrections',
    summary: 'Correct a detail of the registration',
    roles: staff,
    rejections: ['role-unknown'],
    setsState: true,
  }),
  command({
    name: 'grant-consent',
    body: GrantConsent,
    path: '/customers/:customerId/consents/grant',
    summary: 'Record consent to a channel',
    roles: staffAndCustomer,
    rejections: ['channel-unknown', 'purpose-unknown'],
    setsState: true,
    whileRestricted: 'for-customers',
  }),
  command({
    name: 'withdraw-consent',
    body: WithdrawConsent,
    path: '/customers/:customerId/consents/withdraw',
    summary: 'Record that consent to a channel was withdrawn',
    roles: staffAndCustomer,
    rejections: ['channel-unknown', 'purpose-unknown'],
    setsState: true,
    whileRestricted: 'for-customers',
  }),
  command({
    name: 'record-acquisition',
    body: RecordAcquisition,
    path: '/customers/:customerId/acquisition',
    summary: 'Record the acquisition method of the customer',
    roles: staff,
    rejections: [],
    setsState: true,
  }),
] as const;
