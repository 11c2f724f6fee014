/** Schemas of requests. Strict, so that a misspelt filter is an error instead of having no effect. */
import { z } from 'zod';
import { parseAddress } from '../wire/address.ts';

const address = z.string().refine((text) => parseAddress(text) !== undefined, 'not an IP address');
const protocol = z.enum(['tcp', 'udp', 'icmp']);
/** Maximum length in presentation form (RFC 1035 section 2.3.4). */
const host = z.string().min(1).max(254);

const MOST_FLOWS = 100_000;

export const flowQuery = z.strictObject({
  client: address.optional(),
  host: host.optional(),
  egress: address.optional(),
  rule: z.string().min(1).optional(),
  protocol: protocol.optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(MOST_FLOWS)).optional(),
});

const MOST_CLIENTS = 100_000;

export const clientQuery = z.strictObject({
  user: z.string().min(1).optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(MOST_CLIENTS)).optional(),
});

const traceFilter = {
  client: address.optional(),
  host: host.optional(),
  egress: address.optional(),
  protocol: protocol.optional(),
};

const seconds = z.coerce.number().pipe(z.number().min(0.1).max(3600));

export const traceQuery = z.strictObject({ ...traceFilter, seconds: seconds.optional() });

/** By default limited to what shows the course of a flow, so that no trace continues for ever by mistake. */
export const packetsQuery = z.strictObject({
  ...traceFilter,
  packets: z.coerce.number().pipe(z.int().min(1).max(100_000)).default(10_000),
  bytes: z.coerce.number().pipe(z.int().min(1024).max(1_073_741_824)).default(67_108_864),
  seconds: seconds.default(60),
});

export const explainBody = z
  .strictObject({
    host: host.optional(),
    destination: address.optional(),
    port: z.int().min(1).max(65_535).optional(),
    protocol: protocol.optional(),
    source: address.optional(),
    user: z.string().min(1).optional(),
  })
  .refine(({ host, destination }) => host !== undefined || destination !== undefined, {
    message: 'host or destination is needed',
  });
