/** The fields that describe the user and the device behind a connection; both schemes have them (docs/policy.md, Selectors). */

import type { Type } from '../values/types.ts';
import type { FieldSpec, RecordSpec } from './scheme.ts';

export const TEXT: Type = { scalar: 'Bytes', shape: 'one' };
export const TEXTS: Type = { scalar: 'Bytes', shape: 'array' };
export const INTEGER: Type = { scalar: 'Int', shape: 'one' };
export const INTEGERS: Type = { scalar: 'Int', shape: 'array' };
export const ADDRESS: Type = { scalar: 'Ip', shape: 'one' };
export const ADDRESSES: Type = { scalar: 'Ip', shape: 'array' };
const ATTRIBUTES: Type = { scalar: 'Bytes', shape: 'map-of-arrays' };

export const IDENTITY_FIELDS: readonly FieldSpec[] = [
  { name: 'identity.email', type: TEXT, text: 'email', lists: ['EMAIL'] },
  { name: 'identity.name', type: TEXT, lists: ['EMAIL', 'SERIAL'] },
  { name: 'identity.groups.id', type: TEXTS, lists: ['SERIAL'] },
  { name: 'identity.groups.name', type: TEXTS, lists: ['SERIAL'] },
  { name: 'identity.groups.email', type: TEXTS, text: 'email', lists: ['EMAIL'] },
  { name: 'identity.saml_attributes', type: ATTRIBUTES, text: 'attribute', lists: ['EMAIL', 'SERIAL'] },
  { name: 'identity.oidc_claims', type: ATTRIBUTES, text: 'attribute', lists: ['EMAIL', 'SERIAL'] },
  { name: 'device_posture.checks.passed', type: TEXTS, lists: ['DEVICE', 'SERIAL'] },
  { name: 'device_posture.checks.failed', type: TEXTS, lists: ['DEVICE', 'SERIAL'] },
];

/** `identity.groups[*].name` is equivalent to `identity.groups.name[*]`. */
export const IDENTITY_RECORDS: readonly RecordSpec[] = [
  { name: 'identity.groups', attributes: ['id', 'name', 'email'] },
];
