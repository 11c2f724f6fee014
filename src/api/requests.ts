/** What requests may carry. Strict: a filter that is misspelt must not show everything. */
import { z } from 'zod';
import { parseAddress } from '../wire/address.ts';

const address = z.string().refine((text) => parseAddress(text) !== undefined, 'not an IP address');
const protocol = z.enum(['tcp', 'udp', 'icmp']);
/** RFC 1035 section 2.3.4, in presentation form. */
const host = z.string().min(1).max(254);

export const MOST_FLOWS = 100_000;

export const flowQuery = z.strictObject({
  client: address.optional(),
  host: host.optional(),
  egress: address.optional(),
  rule: z.string().min(1).optional(),
  protocol: protocol.optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(MOST_FLOWS)).optional(),
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
