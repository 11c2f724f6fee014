/** The schema of the parts of the configuration about names: the resolver and the synthetic addresses. */
import { z } from 'zod';
import { BLOCK_REPLIES } from '../../resolver/answer/question-rules.ts';
import {
  address,
  domain,
  duration,
  ipv4Prefix,
  ipv6Prefix,
  prefix,
  tenMinutesOrMore,
  upstream,
} from './fields.ts';

/** Ranges that Chrome treats as public, so that pages need no permission for local network access (docs/configuration.md). */
export const PUBLIC_RANGES = { ipv4: '198.18.0.0/15', ipv6: '2001:2::/48' } as const;

export const synthetic = z.strictObject({
  preset: z.enum(['public-ranges']).optional().describe('public-ranges: 198.18.0.0/15 and 2001:2::/48'),
  ipv4: ipv4Prefix
    .nullable()
    .optional()
    .describe('Default 100.80.0.0/16; null answers no A queries with synthetic addresses'),
  ipv6: ipv6Prefix.nullable().optional().describe('Default 2606:4700:cf1:4000::/64; null switches IPv6 off'),
  lease: duration
    .prefault('10m')
    .describe('How long a lease lasts after it was last answered, used or held by an open flow'),
  quarantine: tenMinutesOrMore
    .prefault('24h')
    .describe('How long an address rests before it may mean another name; at least 10m'),
  lease_scope: z
    .enum(['network', 'client'])
    .default('network')
    .describe('client: an address works only for clients that were answered with it'),
  ttl: duration.prefault('60s').describe('The most the TTL of an answer may say; whole seconds'),
});

export const resolver = z.strictObject({
  listen: z
    .array(address)
    .optional()
    .describe('Addresses of the TUN; default: the first of each synthetic range'),
  upstreams: z
    .array(upstream)
    .min(1)
    .describe('192.0.2.53, tls://192.0.2.53#dns.example or https://192.0.2.53/dns-query#dns.example'),
  upstream_choice: z
    .enum(['ordered', 'fastest'])
    .default('ordered')
    .describe('Which upstream is asked first: the first in the list that answers, or the fastest'),
  forward: z
    .array(
      z.strictObject({
        domains: z.array(domain).min(1).describe('These and all names below them'),
        upstreams: z.array(upstream).min(1),
      }),
    )
    .default([])
    .describe('Domains with upstreams of their own; of two that fit the longer one counts'),
  randomize_case: z
    .boolean()
    .default(false)
    .describe('Ask plain upstreams in random case, so that forged answers are harder to make (0x20)'),
  authorities: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file: authorities that upstreams' certificates may come from, besides the well-known"),
  query_log: z.boolean().default(false).describe('Log each question and its answer, at most 100 a second'),
  allow_private: z
    .array(prefix)
    .default([])
    .describe('Private destinations that public names may resolve to'),
  synthesize: z
    .enum(['all', 'matched'])
    .default('all')
    .describe('matched: names that no rule can tell from others are answered with their real addresses'),
  exempt: z
    .array(domain)
    .default([])
    .describe('Domains that are always answered with their real addresses, names below them included'),
  match_cname_targets: z
    .boolean()
    .default(false)
    .describe(
      'Hold egress and network rules against the CNAME targets behind a name too, not the name alone',
    ),
  block_reply: z
    .enum(BLOCK_REPLIES)
    .default('null-address')
    .describe('What a name that a DNS rule blocks is answered with'),
});
