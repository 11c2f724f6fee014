/** The log of flows of a real gateway: written, rotated, and complete when the gateway ends (rows G12, G14). */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { whoami } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const log = path.join(lab.directory, 'flows.jsonl');

const linesOf = (file: string) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line): Record<string, unknown> => JSON.parse(line))
    : [];

beforeAll(async () => {
  const config = readFileSync(files.config, 'utf8');
  writeFileSync(files.config, `${config}flow_log: { path: flows.jsonl, starts: true }\n`);
  await startGateway(lab);
});

test('G12 a connection is in the log within seconds, with the port that the site saw', async () => {
  const seen = whoami(lab, 'alice', 'bank.example.com');
  const isThere = () =>
    linesOf(log).some(({ event, host, egress }) => {
      const { address, port } = seen;
      const isIt = JSON.stringify(egress) === JSON.stringify({ address, port });
      return event === 'start' && host === 'bank.example.com' && isIt;
    });
  await waitUntil(isThere, 10_000, () => `no line for ${JSON.stringify(seen)} in ${log}`);
  expect(linesOf(log)[0]).toMatchObject({
    protocol: 'tcp',
    client: { address: '10.64.0.2' },
    user: 'alice@acme.example',
    rule: { name: "Finance reaches the bank from Acme's own address" },
    method: 'dedicated',
    role: 'primary',
  });
});

test('G12 the log goes on in a new file after SIGHUP', async () => {
  renameSync(log, `${log}.1`);
  process.kill(gatewayPid(lab) ?? Number.NaN, 'SIGHUP');
  await waitUntil(
    () => existsSync(log),
    10_000,
    () => 'there is no new file',
  );
  expect(whoami(lab, 'bob', 'shop.example.com').address).toBe(EGRESS.default4);
  await waitUntil(
    () => linesOf(log).length > 0,
    10_000,
    () => 'nothing is written to the new file',
  );
  expect(linesOf(log)[0]).toMatchObject({
    event: 'start',
    user: 'bob@acme.example',
    host: 'shop.example.com',
  });
});

test('G12 every flow that began has a line about its end when the gateway has stopped', async () => {
  const status = JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, '--json', 'status']));
  expect(status.flowLog).toMatchObject({ path: log, lost: 0 });
  await stopGateway(lab);
  const lines = [...linesOf(`${log}.1`), ...linesOf(log)];
  const nameOf = ({ client, egress, protocol }: Record<string, unknown>) =>
    JSON.stringify([client, egress, protocol]);
  const named = (event: string) => lines.filter((line) => line.event === event).map(nameOf);
  expect(named('start').length).toBeGreaterThan(1);
  expect(named('end').toSorted()).toEqual(named('start').toSorted());
  expect(lines.filter(({ event }) => event === 'end').map(({ reason }) => reason)).toContain('stopped');
});
