/**
 * Lists and categories from files, in a running gateway: a CSV file and a geosite.dat decide about real connections,
 * follow their files on SIGHUP, and outlive their files' mistakes.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeGeosite } from '../test/support/write-geosite.ts';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayLogFile, SYNGATE, startGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { whoami } from './support/clients.ts';
import { hangUp } from './support/reload-gateway.ts';
import { useLab } from './support/use-lab.ts';

const RELOADED_WITHIN_MS = 10_000;

const POLICY = `lists:
  - { id: partners, name: partners, type: DOMAIN, file: partners.csv }
catalog:
  sources: [{ category: 122, format: geosite, path: geosite.dat, list: news }]
rules:
  - name: Partners
    enabled: true
    filters: [egress]
    action: egress
    traffic: any(net.fqdn.domains[*] in $partners)
    rule_settings: &away
      egress: { ipv4: ${EGRESS.secondary}, ipv4_fallback: 0.0.0.0, ipv6: "${EGRESS.prefix6}" }
  - name: News
    enabled: true
    filters: [egress]
    action: egress
    traffic: any(net.fqdn.content_category[*] in {122})
    rule_settings: *away
`;

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);

beforeAll(async () => {
  writeFileSync(files.policy, POLICY);
  put('partners.csv', 'value,description\r\npartner.example.net,"with, all below"\r\n');
  put('geosite.dat', writeGeosite({ NEWS: [{ type: 'below', value: 'news.example.org' }] }));
  await startGateway(lab);
});

test.each([
  ['www.partner.example.net', EGRESS.secondary],
  ['news.example.org', EGRESS.secondary],
  ['shop.example.com', EGRESS.default4],
])('a connection to %s leaves as the files say', (host, egress) => {
  expect(whoami(lab, 'alice', host).address).toBe(egress);
});

test('lists shows the file', () => {
  const lists = JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, '--json', 'lists']));
  expect(lists).toMatchObject([{ id: 'partners', type: 'DOMAIN', entries: 1, file: 'partners.csv' }]);
});

test('files that turn wrong are told at a reload, which keeps their last good copies', async () => {
  put('partners.csv', 'no name at all\n');
  rmSync(path.join(lab.directory, 'geosite.dat'));
  await reload('the copy of');
  const told = [
    /partners\.csv:1:1: Cannot use 'no name at all'.*stays in use/,
    /policy\.yaml:4:\d+: catalog\.sources\[0\]\.path: .*ENOENT.*stays in use/,
  ];
  const log = () => readFileSync(gatewayLogFile(lab), 'utf8');
  await waitUntil(() => told.every((line) => line.test(log())), RELOADED_WITHIN_MS, log);
  for (const host of ['api.partner.example.net', 'news.example.org'])
    expect(whoami(lab, 'bob', host).address, host).toBe(EGRESS.secondary);
});

test('files that were put right are in force after the next reload', async () => {
  put('partners.csv', 'elsewhere.example.net\n');
  put('geosite.dat', writeGeosite({ NEWS: [{ type: 'exact', value: 'news.example.net' }] }));
  hangUp(lab);
  await waitUntil(
    () => whoami(lab, 'alice', 'www.partner.example.net').address === EGRESS.default4,
    RELOADED_WITHIN_MS,
    () => 'the new list is not in force',
  );
});

function put(name: string, content: string | Uint8Array): void {
  writeFileSync(path.join(lab.directory, name), content);
}

async function reload(until: string): Promise<void> {
  hangUp(lab);
  await waitUntil(
    () => readFileSync(gatewayLogFile(lab), 'utf8').includes(until),
    RELOADED_WITHIN_MS,
    () => `the log does not say '${until}'`,
  );
}
