/**
 * Zod types for the texts of a configuration, which parse them into values: addresses, prefixes, durations, names. `pattern` and
 * `format` become part of the published JSON Schema, so that editors can flag mistakes.
 */
import { z } from 'zod';
import { toAsciiName } from '../../policy/values/domain-name.ts';
import { type Address, familyOf, type Prefix, parseAddress, parsePrefix } from '../../wire/address.ts';
import { DURATION_PATTERN, parseDuration } from './parse-duration.ts';
import { parseListen, parseProbeTarget, parseUpstream } from './parse-endpoint.ts';

export const address = parsed(parseAddress, 'not an IP address');
export const ipv4Address = parsed(ofFamily(4, parseAddress), 'not an IPv4 address', { format: 'ipv4' });
export const ipv6Address = parsed(ofFamily(6, parseAddress), 'not an IPv6 address', { format: 'ipv6' });

const PREFIX_HELP = 'such as 10.64.0.0/24, with no bit set after its length';
export const prefix = parsed(parsePrefix, `not an IP prefix ${PREFIX_HELP}`);
export const ipv4Prefix = parsed(prefixOfFamily(4), `not an IPv4 prefix ${PREFIX_HELP}`);
export const ipv6Prefix = parsed(prefixOfFamily(6), 'not an IPv6 prefix such as 2001:db8::/64');

/** A host address for IPv4, an address or a prefix for IPv6. */
export const egressPrefix = parsed(
  parseEgressPrefix,
  'not an egress address: a single IPv4 address, or an IPv6 address or prefix, is needed',
);

export const upstream = parsed(
  parseUpstream,
  'not a resolver such as 192.0.2.53, [2001:db8::53]:5353, tls://192.0.2.53#dns.example or https://192.0.2.53/dns-query#dns.example',
);
export const probeTarget = parsed(
  parseProbeTarget,
  'not a probe target such as icmp:192.0.2.53 or tcp:192.0.2.53:443 (IPv6 addresses in brackets)',
);

export const listen = parsed(parseListen, 'not an address and port such as 127.0.0.1:9464 or [::1]:9464');

const TEN_MINUTES_MS = 600_000;

/** Milliseconds. */
export const duration = parsed(parsePositiveDuration, 'not a duration such as 500ms, 10m or 1h30m', {
  pattern: DURATION_PATTERN.source,
});

/** Milliseconds; at least ten minutes. */
export const tenMinutesOrMore = parsed(parseTenMinutes, 'not a duration of at least 10m', {
  pattern: DURATION_PATTERN.source,
});

const DOMAIN = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
/** 255 bytes on the wire (RFC 1035 section 3.1). */
const MOST_DOMAIN_CHARACTERS = 254;

export const port = z.int().min(1).max(65_535);

export const name = named(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  'not a name: letters, digits, "-" and "_", at most 63',
);

/** In the form used on the wire: lower case, A-labels, no trailing dot. */
export const domain = parsed(parseDomain, 'not a domain name such as example.com');

/** At most 15 bytes (IFNAMSIZ); characters that would need quoting in sysctl paths or nftables are not allowed. */
export const interfaceName = named(
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/,
  'not an interface name: letters, digits, ".", "-" and "_", at most 15',
);

function parsed<Value>(
  parse: (text: string) => Value | undefined,
  refusal: string,
  meta: Readonly<Record<string, string>> = {},
): z.ZodPipe<z.ZodString, z.ZodTransform<Value, string>> {
  return z
    .string()
    .meta(meta)
    .transform((text, context): Value => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: refusal });
      return z.NEVER;
    });
}

function named(pattern: RegExp, refusal: string): z.ZodString {
  return z.string().regex(pattern, refusal);
}

function ofFamily(family: 4 | 6, parse: (text: string) => Address | undefined) {
  return (text: string): Address | undefined => {
    const value = parse(text);
    return value !== undefined && familyOf(value) === family ? value : undefined;
  };
}

function prefixOfFamily(family: 4 | 6) {
  return (text: string): Prefix | undefined => {
    const value = parsePrefix(text);
    return value !== undefined && familyOf(value.address) === family ? value : undefined;
  };
}

function parseEgressPrefix(text: string): Prefix | undefined {
  const value = parsePrefix(text);
  return value !== undefined && (familyOf(value.address) === 6 || value.length === 32) ? value : undefined;
}

function parseDomain(text: string): string | undefined {
  const name = toAsciiName(text);
  return name !== undefined && DOMAIN.test(name) && name.length < MOST_DOMAIN_CHARACTERS ? name : undefined;
}

function parseTenMinutes(text: string): number | undefined {
  const milliseconds = parseDuration(text) ?? 0;
  return milliseconds < TEN_MINUTES_MS ? undefined : milliseconds;
}

function parsePositiveDuration(text: string): number | undefined {
  const milliseconds = parseDuration(text);
  return milliseconds === 0 ? undefined : milliseconds;
}
