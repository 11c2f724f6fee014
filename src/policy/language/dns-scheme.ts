/** The fields of DNS and resolver rules (docs/policy.md, Selectors). */
import {
  ADDRESS,
  ADDRESSES,
  IDENTITY_FIELDS,
  IDENTITY_RECORDS,
  INTEGERS,
  TEXT,
  TEXTS,
} from './identity-fields.ts';
import { type FieldSpec, Scheme } from './scheme.ts';

export const DNS_FIELDS: readonly FieldSpec[] = [
  { name: 'dns.fqdn', type: TEXT, text: 'name', lists: ['DOMAIN'] },
  { name: 'dns.domains', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'dns.query_rtype', type: TEXT },
  { name: 'dns.content_category', type: INTEGERS, lists: ['CATEGORY'] },
  { name: 'dns.security_category', type: INTEGERS, lists: ['CATEGORY'] },
  { name: 'dns.src_ip', type: ADDRESS, lists: ['IP'] },
  { name: 'dns.src_internal_ip', type: ADDRESS, lists: ['IP'] },
  { name: 'dns.src.geo.continent', type: TEXT, text: 'continent', lists: ['LOCATION'] },
  { name: 'dns.src.geo.country', type: TEXT, lists: ['LOCATION'] },
  { name: 'dns.location', type: TEXT, lists: ['LOCATION'] },
  { name: 'dns.doh_subdomain', type: TEXT },
  { name: 'dns.resolved_ips', type: ADDRESSES, lists: ['IP'] },
  { name: 'dns.dst.geo.continent', type: TEXTS, text: 'continent', lists: ['LOCATION'] },
  { name: 'dns.dst.geo.country', type: TEXTS, lists: ['LOCATION'] },
  { name: 'dns.authoritative_ns_ips', type: ADDRESSES, lists: ['IP'] },
  { name: 'dns.response.cname', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'dns.response.mx', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'dns.response.ptr', type: TEXTS, text: 'name', lists: ['DOMAIN'] },
  { name: 'dns.response.txt', type: TEXTS },
  { name: 'dns.categories_in_request_context_matches', type: { scalar: 'Bool', shape: 'one' } },
  { name: 'dns.indicator_feed', type: INTEGERS },
  { name: 'app.ids', type: INTEGERS },
  { name: 'app.type.ids', type: INTEGERS },
];

export const dnsScheme = new Scheme([...DNS_FIELDS, ...IDENTITY_FIELDS], { records: IDENTITY_RECORDS });
