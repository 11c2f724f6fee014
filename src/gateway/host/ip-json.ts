/** The parts of iproute2's JSON output that are read, as zod schemas: other versions of `ip` may omit keys. */
import { z } from 'zod';

export const ipLinks = z.array(
  z.object({
    ifindex: z.number(),
    ifname: z.string(),
    mtu: z.number(),
    flags: z.array(z.string()),
    link_type: z.string(),
    address: z.string().optional(),
    linkinfo: z
      .object({
        info_kind: z.string().optional(),
        info_data: z.object({ multi_queue: z.boolean().optional() }).optional(),
      })
      .optional(),
  }),
);

export const ipAddresses = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.number(), scope: z.string() }))
      .default([]),
  }),
);

export const ipRoutes = z.array(
  z.object({
    dst: z.string(),
    dev: z.string().optional(),
    type: z.string().optional(),
    gateway: z.string().optional(),
    metric: z.number().default(0),
  }),
);

export const ipRules = z.array(
  z.object({
    priority: z.number(),
    iif: z.string().optional(),
    table: z.string().optional(),
  }),
);

export type IpRule = z.output<typeof ipRules>[number];
