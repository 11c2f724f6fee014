/**
 * Rules by country on real connections: a database of our own puts the partner's sites, documentation addresses all,
 * into Germany. Then the database changes under the running gateway, and then it breaks.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { writeMmdb } from '../test/support/write-mmdb.ts';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayLogFile, SYNGATE, startGateway } from './lab/gateway-process.ts';
import { declareLiteral } from './lab/oracle.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { type Family, whoami } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

/** The partner's sites, 192.0.2.30 and .31; everything else of the lab is in no country. */
const PARTNER = ['192.0.2.30/31', '2001:db8:2::30/127'] as const;
/** The gateway looks at its files every five seconds. */
const NOTICED_WITHIN_MS = 15_000;

const POLICY = `rules:
  - name: Germany
    enabled: true
    filters: [egress]
    action: egress
    traffic: net.dst.geo.country == "DE" and net.dst.geo.continent == "EU"
    rule_settings:
      egress: { ipv4: ${EGRESS.secondary}, ipv4_fallback: 0.0.0.0, ipv6: "${EGRESS.prefix6}" }
`;

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const database = path.join(lab.directory, 'countries.mmdb');

beforeAll(async () => {
  putDatabase(writeMmdb(Object.fromEntries(PARTNER.map((prefix) => [prefix, { country_code: 'DE' }]))));
  writeFileSync(files.policy, POLICY);
  appendFileSync(files.config, `geolocation: { database: ${path.basename(database)} }\n`);
  await startGateway(lab);
});

test.each([
  ['partner.example.net', 4, EGRESS.secondary],
  ['api.partner.example.net', 4, EGRESS.secondary],
  ['shop.example.com', 4, EGRESS.default4],
  ['shop.example.com', 6, EGRESS.default6],
] as const)(
  'a connection to %s over IPv%i leaves as the country of its real address says',
  (host, family, egress) => {
    expect(whoami(lab, 'alice', host, family).address).toBe(egress);
  },
);

test('IPv6 has countries too', () => {
  expect(whoami(lab, 'alice', 'partner.example.net', 6).address).toMatch(/^2001:db8:9:/);
});

test.each([
  ['192.0.2.30', 4, EGRESS.secondary],
  ['192.0.2.20', 4, EGRESS.default4],
  ['[2001:db8:2::20]', 6, EGRESS.default6],
] as const)('so does one to the literal address %s, which no lease names', (host, family, egress) => {
  declareLiteral(lab, host.replace(/[[\]]/g, ''));
  expect(whoami(lab, 'bob', host, family, 'http').address).toBe(egress);
});

test('explain names country and continent', () => {
  const answer = z
    .object({ facts: z.record(z.string(), z.unknown()), decidedBy: z.object({ name: z.string() }) })
    .parse(JSON.parse(syngate('--json', 'explain', '--host', 'partner.example.net', '--port', '443')));
  expect(answer.facts).toMatchObject({ 'net.dst.geo.country': 'DE', 'net.dst.geo.continent': 'EU' });
  expect(answer.decidedBy.name).toBe('Germany');
});

test('a new database is in force without a restart, for leases that are out already', async () => {
  putDatabase(writeMmdb(Object.fromEntries(PARTNER.map((prefix) => [prefix, { country_code: 'FR' }]))));
  await waitForSource('partner.example.net', 4, EGRESS.default4);
  declareLiteral(lab, '192.0.2.30');
  expect(whoami(lab, 'bob', '192.0.2.30', 4, 'http').address).toBe(EGRESS.default4);
});

test('a broken database is told in the log, and the last good one stays', async () => {
  putDatabase(writeMmdb(Object.fromEntries(PARTNER.map((prefix) => [prefix, { country_code: 'DE' }]))));
  await waitForSource('partner.example.net', 4, EGRESS.secondary);
  putDatabase(Buffer.from('no database'));
  await waitUntil(
    () => readFileSync(gatewayLogFile(lab), 'utf8').includes('stays in use'),
    NOTICED_WITHIN_MS,
    () => 'the broken database was not noticed',
  );
  expect(whoami(lab, 'alice', 'partner.example.net').address).toBe(EGRESS.secondary);
  expect(JSON.parse(syngate('--json', 'status'))).toMatchObject({ violations: 0 });
});

/** Whole beside it and then renamed, as tools that update databases do. */
function putDatabase(content: Uint8Array): void {
  writeFileSync(`${database}.new`, content);
  renameSync(`${database}.new`, database);
}

async function waitForSource(host: string, family: Family, egress: string): Promise<void> {
  await waitUntil(
    () => whoami(lab, 'alice', host, family).address === egress,
    NOTICED_WITHIN_MS,
    () => `${host} is not reached from ${egress}`,
  );
}

function syngate(...args: string[]): string {
  return runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, ...args]);
}
