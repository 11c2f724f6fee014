/** The schema of the parts of the configuration about interfaces and their addresses. */
import { z } from 'zod';
import {
  duration,
  egressPrefix,
  interfaceName,
  ipv4Address,
  ipv6Address,
  ipv6Prefix,
  name,
  port,
  prefix,
  probeTarget,
} from './fields.ts';

/** The minimum MTU of IPv6 links (RFC 8200 section 5). */
const SMALLEST_MTU = 1280;
const LARGEST_MTU = 65_535;
/** The MSS that every host must support (RFC 9293 section 3.7.1). */
const SMALLEST_MSS = 536;

export const tun = z.strictObject({
  name: interfaceName.default('syngate0').describe('Name of the TUN device'),
  mtu: z
    .int()
    .min(SMALLEST_MTU)
    .max(LARGEST_MTU)
    .optional()
    .describe('Bytes; default: the smallest MTU of the uplinks'),
});

export const onramp = z.strictObject({
  name: name.describe('Name in status and logs'),
  interface: interfaceName.describe('The interface from which clients arrive'),
  clients: z.array(prefix).min(1).describe('The only source addresses accepted from this interface'),
});

export const uplink = z.strictObject({
  name: name.describe('Name by which egress addresses refer to it'),
  interface: interfaceName.describe('The interface towards the internet'),
  next_hop4: ipv4Address.optional().describe('Default: that of the default route through the interface'),
  next_hop6: ipv6Address.optional().describe('Default: that of the default route through the interface'),
  allow_destinations: z
    .array(prefix)
    .default([])
    .describe('Private destinations that are nevertheless allowed here'),
  host_ports: z
    .array(port)
    .default([])
    .describe(
      "TCP ports on which the host itself may be reached at an egress address that is also the host's own",
    ),
  mss_clamp: z
    .union([z.enum(['auto', 'off']), z.int().min(SMALLEST_MSS).max(LARGEST_MTU)])
    .default('auto')
    .describe('Maximum segment size in SYNs: auto (what fits the MTU), off, or bytes'),
});

const egressAddress = z.strictObject({
  address: egressPrefix.describe('One IPv4 address, or an IPv6 address or prefix'),
  uplink: name.describe('Name of its uplink'),
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
    .describe('icmp:ADDRESS or tcp:ADDRESS:PORT; a round succeeds if one answers'),
  interval: duration.prefault('1s').describe('Time between two rounds'),
  timeout: duration.prefault('1s').describe('Maximum time to an answer'),
  fail_after: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('Consecutive failed rounds until an address is down'),
  recover_after: z
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('Consecutive successful rounds until it is up again'),
});

export const egress = z.strictObject({
  addresses: z.array(egressAddress).min(1).describe('All egress addresses'),
  default: z
    .strictObject({
      ipv4: ipv4Address.optional().describe('One of the addresses above'),
      ipv6: ipv6Prefix.optional().describe('One of the addresses above, or a part of an IPv6 prefix above'),
    })
    .prefault({})
    .describe('Egress addresses of connections for which no rule names one'),
  probe: probe
    .optional()
    .describe('Active health checks, sent from each egress address; without them all count as healthy'),
});
