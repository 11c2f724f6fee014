/**
 * The shape of the configuration file. Strict: a key that is not here is an error. The published JSON Schema
 * (docs/config.schema.json) is made from this by scripts/write-config-schema.ts, and docs/configuration.md explains it.
 */
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../../policy/language/parse-state.ts';
import { BLOCK_REPLIES } from '../../resolver/answer/question-rules.ts';
import {
  address,
  domain,
  duration,
  egressPrefix,
  interfaceName,
  ipv4Address,
  ipv4Prefix,
  ipv6Address,
  ipv6Prefix,
  name,
  port,
  prefix,
  probeTarget,
  upstream,
} from './fields.ts';
import { MAX_BYTES } from './yaml-source.ts';

/** Ranges that Chrome counts as public, so that no page has to ask for local network access (requirements.md 5.8). */
export const PUBLIC_RANGES = { ipv4: '198.18.0.0/15', ipv6: '2001:2::/48' } as const;

/** IPv6 links carry at least this (RFC 8200 section 5). */
const SMALLEST_MTU = 1280;
const LARGEST_MTU = 65_535;
/** What every host takes (RFC 9293 section 3.7.1). */
const SMALLEST_MSS = 536;
/** Two typed-array slots a flow: more would not fit the memory of a gateway. */
const MOST_FLOWS = 4_194_304;

/** UDP, TCP and echoes have 65536 each. */
const MOST_PORTS = 3 * 65_536;

/** What one machine has cores for; each worker's memory is some 20 MB, its flows not counted. */
const MOST_WORKERS = 16;

/** Some ten million names, more than fit beside the flows. */
const MOST_LIST_BYTES = 256 * 1024 * 1024;

/** Cloudflare takes CSV files of less than 2 MB (management-api.md C.3). */
export const DEFAULT_LIST_BYTES = 2 * 1024 * 1024;

/** As deep as any stack allows. */
const MOST_NESTING = 1000;
/** The engine's own limit of a compiled regex ends far longer ones anyway. */
const MOST_PATTERN = 65_536;

const tun = z.strictObject({
  name: interfaceName.default('syngate0').describe('Name of the TUN device'),
  mtu: z
    .int()
    .min(SMALLEST_MTU)
    .max(LARGEST_MTU)
    .optional()
    .describe('Bytes; default: the smallest MTU of the uplinks'),
});

const onramp = z.strictObject({
  name: name.describe('How status and logs call it'),
  interface: interfaceName.describe('The interface clients come in by'),
  clients: z.array(prefix).min(1).describe('The only source addresses taken from this interface'),
});

const uplink = z.strictObject({
  name: name.describe('How egress addresses refer to it'),
  interface: interfaceName.describe('The interface towards the internet'),
  next_hop4: ipv4Address.optional().describe('Default: that of the default route through the interface'),
  next_hop6: ipv6Address.optional().describe('Default: that of the default route through the interface'),
  allow_destinations: z
    .array(prefix)
    .default([])
    .describe('Private destinations that may leave here all the same'),
  host_ports: z
    .array(port)
    .default([])
    .describe(
      "TCP ports on which the host itself may be reached at an egress address that is also the host's own",
    ),
  mss_clamp: z
    .union([z.enum(['auto', 'off']), z.int().min(SMALLEST_MSS).max(LARGEST_MTU)])
    .default('auto')
    .describe('The most a SYN may announce as segment size: auto (what fits the MTU), off, or bytes'),
});

const egressAddress = z.strictObject({
  address: egressPrefix.describe('One IPv4 address, or an IPv6 address or prefix'),
  uplink: name.describe('Name of the uplink it leaves by'),
  location: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe('Free text, shown in status and usable to sort addresses'),
});

const probe = z.strictObject({
  targets: z
    .array(probeTarget)
    .min(1)
    .describe('icmp:ADDRESS or tcp:ADDRESS:PORT; one that answers is enough'),
  interval: duration.prefault('1s').describe('Between two rounds'),
  timeout: duration.prefault('1s').describe('How long an answer may take'),
  fail_after: z.int().min(1).max(1000).default(3).describe('Failed rounds in a row until an address is down'),
  recover_after: z.int().min(1).max(1000).default(2).describe('Good rounds in a row until it is up again'),
});

const egress = z.strictObject({
  addresses: z.array(egressAddress).min(1).describe('Every address connections may leave with'),
  default: z
    .strictObject({
      ipv4: ipv4Address.optional().describe('One of the addresses above'),
      ipv6: ipv6Prefix.optional().describe('One of the addresses above, or a part of an IPv6 prefix above'),
    })
    .prefault({})
    .describe('What connections leave with when no rule names an address'),
  probe: probe
    .optional()
    .describe('Active health checks, sent from each egress address; without them all count as healthy'),
});

const synthetic = z.strictObject({
  preset: z.enum(['public-ranges']).optional().describe('public-ranges: 198.18.0.0/15 and 2001:2::/48'),
  ipv4: ipv4Prefix
    .nullable()
    .optional()
    .describe('Default 100.80.0.0/16; null answers no A queries with synthetic addresses'),
  ipv6: ipv6Prefix.nullable().optional().describe('Default 2606:4700:cf1:4000::/64; null switches IPv6 off'),
  lease: duration.prefault('10m').describe('How long a lease lasts after it was last answered or used'),
  quarantine: duration.prefault('24h').describe('How long an address rests before it may mean another name'),
  lease_scope: z
    .enum(['network', 'client'])
    .default('network')
    .describe('client: an address works only for clients that were answered with it'),
  ttl: duration.prefault('60s').describe('The most the TTL of an answer may say; whole seconds'),
});

const resolver = z.strictObject({
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

const geolocation = z.strictObject({
  database: z
    .string()
    .min(1)
    .optional()
    .describe('Country database (MMDB), relative to this file; default: the built-in one'),
  tor_exits: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Addresses of Tor exits, one a line or the Tor project's exit-addresses; relative to this file",
    ),
});

const expressions = z.strictObject({
  mode: z
    .enum(['compat', 'strict'])
    .default('compat')
    .describe("compat: also what dashboards and published pages print; strict: the engine's own typing"),
  nesting: z
    .int()
    .min(1)
    .max(MOST_NESTING)
    .default(DEFAULT_LIMITS.nestingDepth)
    .describe('Most parentheses, negations and calls inside one another'),
  bytes: z
    .int()
    .min(1)
    .max(MAX_BYTES)
    .default(DEFAULT_LIMITS.expressionBytes)
    .describe('Most bytes of an expression'),
  regex_length: z
    .int()
    .min(1)
    .max(MOST_PATTERN)
    .default(DEFAULT_LIMITS.patternLength)
    .describe('Most characters of a regular expression'),
});

const clientLimits = z.strictObject({
  flows: z.int().min(1).max(MOST_FLOWS).default(65_536).describe('Most flows alive at one time'),
  ports: z
    .int()
    .min(1)
    .max(MOST_PORTS)
    .default(2000)
    .describe('Most external ports of one egress address, all protocols together'),
  flow_rate: z.int().min(1).max(MOST_FLOWS).default(500).describe('New flows a second, on average'),
  flow_burst: z.int().min(1).max(MOST_FLOWS).default(2000).describe('New flows at once'),
});

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

const flowLog = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('File that a line of JSON is appended to for each flow; relative to this file'),
  starts: z.boolean().default(false).describe('A line when a flow begins too, not only when it ends'),
});

export const configSchema = z.strictObject({
  tun: tun.prefault({}),
  onramps: z.array(onramp).min(1).describe('Where clients come in'),
  uplinks: z.array(uplink).min(1).describe('Where connections leave'),
  egress: egress.describe('The addresses connections leave with'),
  synthetic: synthetic.prefault({}).describe('The addresses names are answered with'),
  resolver: resolver.describe('The DNS service of the clients'),
  api: z
    .strictObject({
      socket: z.string().min(1).max(107).optional().describe('Default: api.sock in runtime_directory'),
    })
    .prefault({})
    .describe('The management API'),
  store: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .default('/var/lib/syngate/state.db')
        .describe('SQLite file that outlives restarts: leases'),
    })
    .prefault({}),
  runtime_directory: z
    .string()
    .regex(/^\//, 'not an absolute path')
    .default('/run/syngate')
    .describe('What lasts until the next boot'),
  policy: z.string().min(1).optional().describe('The policy file; relative to this file'),
  expressions: expressions.prefault({}).describe("How rules' expressions are read"),
  geolocation: geolocation.prefault({}).describe('Where addresses are, for rules by country and continent'),
  limits: z
    .strictObject({
      flows: z.int().min(1).max(MOST_FLOWS).default(262_144).describe('Most flows alive at one time'),
      workers: z
        .int()
        .min(1)
        .max(MOST_WORKERS)
        .default(1)
        .describe(
          'Threads that carry packets; each serves some of the clients, with as large a part of flows and ports',
        ),
      client: clientLimits.prefault({}).describe('What one client, that is one inner address, may have'),
      list_bytes: z
        .int()
        .min(1)
        .max(MOST_LIST_BYTES)
        .default(DEFAULT_LIST_BYTES)
        .describe("Most bytes of a list's CSV file; a million names have some 25 million"),
    })
    .prefault({}),
  log: log.prefault({}),
  flow_log: flowLog.optional().describe('Who connected where, and as whom; nothing is logged without it'),
});

/** The file after zod has filled in defaults and parsed texts. */
export type ConfigFile = z.output<typeof configSchema>;

/** JSON Schema (draft 2020-12) of the file as people write it. */
export function makeConfigJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return { title: 'syngate configuration', ...schema };
}
