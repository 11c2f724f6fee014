/** The lab's upstream resolver: unbound serving one zone file for the whole name space, made from the table of sites. */
import { writeOver } from './host-files.ts';
import { ipv4Of, ipv6Of, SITES, type Site } from './sites.ts';
import type { Lab } from './topology.ts';
import { rootZone, unboundConfiguration } from './unbound.ts';

const TTL_SECONDS = 60;

/** Records no site brings along: an alias, texts, service bindings with hints, names without addresses. */
const EXTRA_RECORDS = [
  'alias.example.com. CNAME shop.example.com.',
  'chain.example.com. CNAME alias.example.com.',
  // The bank under a name of somebody else.
  'login.example.net. CNAME bank.example.com.',
  'bank.example.com. HTTPS 1 . alpn=h2 ipv4hint=192.0.2.198 ipv6hint=2001:db8:2::198',
  'twin.example.com. HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.198 ipv6hint=2001:db8:2::198',
  'bank.example.com. TXT "v=lab1 the bank"',
  'example.com. MX 10 shop.example.com.',
  // More than a datagram may carry.
  `large.example.com. TXT ${`"${'x'.repeat(250)}" `.repeat(12)}`,
  // NODATA: the name exists, with no address.
  'nodata.example.com. TXT "no address here"',
  // Any number of names, all on the shop's address.
  '*.many.example.com. A 192.0.2.20',
  // The shop, and an address where nobody is.
  'pair.example.com. A 192.0.2.20',
  'pair.example.com. A 192.0.2.91',
  // The shop over IPv4; over IPv6 an address where nobody is.
  'halfdead.example.com. A 192.0.2.20',
  'halfdead.example.com. AAAA 2001:db8:2::91',
  // An alias of itself: whoever resolves it fails.
  'loop.example.com. CNAME loop.example.com.',
  '20.2.0.192.in-addr.arpa. PTR shop.example.com.',
];

const SERVER = [
  'interface: 192.0.2.53',
  'interface: 2001:db8:2::53',
  'access-control: 0.0.0.0/0 allow',
  'access-control: ::/0 allow',
  'hide-identity: yes',
  'local-zone: "2.0.192.in-addr.arpa." nodefault',
  'local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault',
];

/**
 * Writes unbound's configuration and zone; answers with the command that serves them. They are laid over /etc/unbound
 * inside sg-net, since Debian's AppArmor profile lets unbound read nothing elsewhere.
 */
export function prepareDns(lab: Lab): string[] {
  writeOver(lab, 'net', 'unbound/lab.zone', zoneText());
  writeOver(lab, 'net', 'unbound/unbound.conf', unboundConfiguration(SERVER, new Map([['.', 'lab.zone']])));
  return ['unbound', '-d', '-p', '-c', '/etc/unbound/unbound.conf'];
}

function zoneText(): string {
  return rootZone(TTL_SECONDS, [
    ...SITES.flatMap(addressRecords),
    ...EXTRA_RECORDS.map((record) => record.replace(' ', ' IN ')),
  ]);
}

function addressRecords(site: Site): string[] {
  return site.names.flatMap((name) =>
    site.families.map((family) =>
      family === 4 ? `${name}. IN A ${ipv4Of(site)}` : `${name}. IN AAAA ${ipv6Of(site)}`,
    ),
  );
}
