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
  ipv6: ipv6Prefix
    .nullable()
    .optional()
    .describe('Default 2606:4700:cf1:4000::/64; null answers no AAAA queries with synthetic addresses'),
  lease: duration
    .prefault('10m')
    .describe('How long a lease lasts after it was last answered, used or held by an open flow'),
  quarantine: tenMinutesOrMore
    .prefault('24h')
    .describe('How long an address rests before it may stand for another name; at least 10m'),
  lease_scope: z
    .enum(['network', 'client'])
    .default('network')
    .describe('client: an address is valid only for clients that received it in an answer'),
  ttl: duration.prefault('60s').describe('Maximum TTL of an answer; whole seconds'),
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
        domains: z.array(domain).min(1).describe('Domains, each including all names below it'),
        upstreams: z.array(upstream).min(1),
      }),
    )
    .default([])
    .describe('Domains with upstreams of their own; the longest domain that contains a name is used'),
  randomize_case: z
    .boolean()
    .default(false)
    .describe('Query plain upstreams in random letter case, which makes spoofing harder (0x20)'),
  authorities: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file of certificate authorities to trust for upstreams, in addition to the well-known ones',
    ),
  query_log: z.boolean().default(false).describe('Log each question and its answer, at most 100 a second'),
  allow_private: z
    .array(prefix)
    .default([])
    .describe('Private addresses that public names may nevertheless resolve to'),
  synthesize: z
    .enum(['all', 'matched'])
    .default('all')
    .describe(
      'matched: names that no rule could treat differently from their real addresses are answered with these',
    ),
  exempt: z
    .array(domain)
    .default([])
    .describe('Domains, including all names below them, that are always answered with their real addresses'),
  match_cname_targets: z
    .boolean()
    .default(false)
    .describe('Whether egress and network rules also match the CNAME targets of a name'),
  block_reply: z
    .enum(BLOCK_REPLIES)
    .default('null-address')
    .describe('The answer for names that a DNS rule blocks'),
});
