/** The fields of egress and network rules (docs/policy.md, Selectors). */
import {
  ADDRESS,
  ADDRESSES,
  IDENTITY_FIELDS,
  IDENTITY_RECORDS,
  INTEGER,
  INTEGERS,
  TEXT,
  TEXTS,
} from './identity-fields.ts';
import { type FieldSpec, Scheme } from './scheme.ts';

export const GATEWAY_FIELDS: readonly FieldSpec[] = [
  { name: 'net.fqdn.host', type: TEXT, text: 'name', lists: ['DOMAIN'] },
  { name: 'net.fqdn.domains', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'net.fqdn.content_category', type: INTEGERS, lists: ['CATEGORY'] },
  { name: 'net.fqdn.security_category', type: INTEGERS, lists: ['CATEGORY'] },
  { name: 'net.sni.host', type: TEXT, text: 'name', lists: ['DOMAIN'] },
  { name: 'net.sni.domains', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'net.dst.ip', type: ADDRESSES, lists: ['IP'] },
  { name: 'net.dst.port', type: INTEGER },
  { name: 'net.dst.geo.continent', type: TEXT, text: 'continent', lists: ['LOCATION'] },
  { name: 'net.dst.geo.country', type: TEXT, lists: ['LOCATION'] },
  { name: 'net.src.ip', type: ADDRESSES, lists: ['IP'] },
  { name: 'net.src.port', type: INTEGER },
  { name: 'net.src.internal_src_ip', type: ADDRESS, lists: ['IP'] },
  { name: 'net.src.geo.continent', type: TEXT, text: 'continent', lists: ['LOCATION'] },
  { name: 'net.src.geo.country', type: TEXT, lists: ['LOCATION'] },
  { name: 'net.protocol', type: TEXT },
  { name: 'net.detected_protocol', type: TEXT },
  { name: 'net.protocol.detection', type: TEXT },
  { name: 'net.vnet_id', type: TEXT },
  { name: 'proxy.endpoint', type: TEXT, text: 'name', lists: ['DOMAIN'] },
  { name: 'app.ids', type: INTEGERS },
  { name: 'app.type.ids', type: INTEGERS },
];

export const gatewayScheme = new Scheme([...GATEWAY_FIELDS, ...IDENTITY_FIELDS], {
  records: IDENTITY_RECORDS,
});
