/**
 * Names, addresses and places of the lab: four network namespaces joined by veth pairs, drawn in docs/lab.md.
 * LAB_SUFFIX keeps two labs apart: it is part of every name outside the namespaces; inside them names are fixed.
 */
import path from 'node:path';

export type Host = 'alice' | 'bob' | 'gw' | 'net';

export interface Lab {
  /** Empty, or a dash and the suffix. */
  readonly suffix: string;
  /** Directory of everything a running lab keeps. */
  readonly directory: string;
  readonly namespaces: Readonly<Record<Host, string>>;
}

export const HOSTS: readonly Host[] = ['alice', 'bob', 'gw', 'net'];
export const CLIENTS: ReadonlyArray<'alice' | 'bob'> = ['alice', 'bob'];
export const ROOT = path.resolve(import.meta.dirname, '../..');

export const CLIENT_ADDRESSES = {
  alice: { ipv4: '10.64.0.2', ipv6: 'fd00:64::2' },
  bob: { ipv4: '10.64.0.3', ipv6: 'fd00:64::3' },
} as const;
export const GATEWAY_LAN = { ipv4: '10.64.0.1', ipv6: 'fd00:64::1' } as const;
/** Own addresses of the gateway's machine; the default egress shares them with its kernel. */
export const GATEWAY_WAN = { ipv4: '198.51.100.1', ipv6: '2001:db8:1::1' } as const;
/** The next hop of the gateway: sg-net's end of the cable. */
export const INTERNET = { ipv4: '198.51.100.254', ipv6: '2001:db8:1::254' } as const;

export const EGRESS = {
  primary: '203.0.113.9',
  secondary: '203.0.113.10',
  other: '198.51.100.20',
  default4: GATEWAY_WAN.ipv4,
  default6: GATEWAY_WAN.ipv6,
  prefix6: '2001:db8:9::/64',
} as const;

/** Where clients send their DNS queries: the TUN's own addresses. */
export const RESOLVER = { ipv4: '100.80.0.1', ipv6: '2606:4700:cf1:4000::1' } as const;
export const SYNTHETIC = { ipv4: '100.80.0.0/16', ipv6: '2606:4700:cf1:4000::/64' } as const;
/** The ranges of all real destinations. */
export const SERVERS = { ipv4: '192.0.2.0/24', ipv6: '2001:db8:2::/64' } as const;

/** The lab that LAB_SUFFIX names; `x7` and `-x7` are the same. */
export function labOf(suffixText: string | undefined = process.env.LAB_SUFFIX): Lab {
  const bare = (suffixText ?? '').replace(/^-/, '');
  if (!/^[a-z0-9-]{0,24}$/i.test(bare)) {
    throw new RangeError(
      `Cannot name the lab: LAB_SUFFIX is '${bare}', wanted letters, digits and dashes, at most 24`,
    );
  }
  const suffix = bare === '' ? '' : `-${bare}`;
  return {
    suffix,
    directory: `/run/syngate-lab${suffix}`,
    namespaces: {
      alice: `sg-alice${suffix}`,
      bob: `sg-bob${suffix}`,
      gw: `sg-gw${suffix}`,
      net: `sg-net${suffix}`,
    },
  };
}

/** The host a person means by `alice`, `sg-alice` or `sg-alice-x7`. */
export function hostNamed(lab: Lab, text: string): Host {
  const host = HOSTS.find((name) => [name, `sg-${name}`, lab.namespaces[name]].includes(text));
  if (host === undefined) {
    throw new RangeError(
      `Cannot find host '${text}': the lab has ${HOSTS.map((name) => `sg-${name}`).join(', ')}`,
    );
  }
  return host;
}
