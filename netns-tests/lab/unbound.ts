/** What every unbound of the lab is told: it serves zones of its own for the whole name space, and asks nobody. */

/** Its configuration file, with more lines of the server's section, and zone files of /etc/unbound by their zones. */
export function unboundConfiguration(server: readonly string[], zones: ReadonlyMap<string, string>): string {
  return [
    'server:',
    ...[...server, ...ALONE].map((line) => `  ${line}`),
    'remote-control:',
    '  control-enable: no',
    ...Array.from(zones, ([zone, file]) => authZone(zone, file)).flat(),
    '',
  ].join('\n');
}

const ALONE = [
  'username: ""',
  'chroot: ""',
  'directory: "/etc/unbound"',
  'use-syslog: no',
  'logfile: ""',
  'verbosity: 1',
  'num-threads: 1',
  'module-config: "iterator"',
  'root-hints: ""',
];

function authZone(zone: string, file: string): string[] {
  return [
    'auth-zone:',
    `  name: "${zone}"`,
    `  zonefile: "/etc/unbound/${file}"`,
    '  for-downstream: yes',
    '  for-upstream: yes',
  ];
}

/** A zone file for the whole name space (RFC 1035 section 5). */
export function rootZone(ttlSeconds: number, records: readonly string[]): string {
  return [
    `$TTL ${ttlSeconds}`,
    '. IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 5',
    '. IN NS ns.example.com.',
    ...records,
    '',
  ].join('\n');
}
