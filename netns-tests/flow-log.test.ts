/** What a real gateway tells of its flows: a log, written, rotated and complete at the end (rows G12, G14), and metrics (G10). */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { curl, whoami } from './support/clients.ts';
import { readMetrics } from './support/read-metrics.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const log = path.join(lab.directory, 'flows.jsonl');
/** An address of the host that is on no link of clients or the internet; both can try to reach it all the same. */
const MANAGEMENT = '192.168.77.1';
const METRICS = `http://${MANAGEMENT}:9464/metrics`;
/** curl's exit status when nothing comes in time. */
const SILENCE = 28;

/** Whole ones, since the gateway may be writing. */
const linesOf = (file: string) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line): Record<string, unknown> => JSON.parse(line))
    : [];

beforeAll(async () => {
  const config = readFileSync(files.config, 'utf8');
  const metrics = `metrics: { listen: "${MANAGEMENT}:9464" }\n`;
  writeFileSync(files.config, `${config}flow_log: { path: flows.jsonl, starts: true }\n${metrics}`);
  runIn(lab, 'gw', ['ip', 'address', 'add', `${MANAGEMENT}/32`, 'dev', 'lo']);
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

test('G10 metrics are scraped from the socket: flows and ports of egress addresses, drops by reason', () => {
  whoami(lab, 'alice', 'bank.example.com');
  expect(curl(lab, 'alice', ['--max-time', '3', 'http://100.80.255.77/']).status).not.toBe(0);
  const { value, samples } = readMetrics(scrape(['--unix-socket', files.socket, 'http://gateway/metrics']));
  const { drops, violations } = JSON.parse(
    runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, '--json', 'status']),
  );
  expect(drops).toMatchObject({ 'synthetic-unknown': expect.any(Number) });
  expect(value('syngate_dropped_packets_total', { reason: 'synthetic-unknown' })).toBe(
    drops['synthetic-unknown'],
  );
  const primary = { egress: EGRESS.primary };
  expect(value('syngate_egress_flows', primary)).toBeGreaterThan(0);
  expect(value('syngate_egress_ports_used', primary)).toBeGreaterThan(0);
  expect(value('syngate_egress_ports_used', primary)).toBeLessThan(
    value('syngate_egress_ports_capacity', primary),
  );
  expect(value('syngate_flows', { protocol: 'tcp' })).toBeGreaterThan(0);
  expect(value('syngate_packets_total', { from: 'internet' })).toBeGreaterThan(0);
  expect(value('syngate_leases_kept')).toBe(1);
  expect(value('syngate_leases', { state: 'live' })).toBeGreaterThan(0);
  expect(value('syngate_dns_upstream_answers_total', { server: '192.0.2.53:53' })).toBeGreaterThan(0);
  expect(value('syngate_guard_refused_packets_total', { kind: 'source' })).toBe(violations);
  const texts = JSON.stringify(samples.map(({ labels }) => labels));
  expect(texts).not.toMatch(/bank\.example|10\.64\.0|alice/);
});

test('G10 metrics are served over TCP to the host, and neither to clients nor to the internet', () => {
  expect(readMetrics(scrape([METRICS])).value('syngate_leases_kept')).toBe(1);
  const client = curl(lab, 'alice', ['--max-time', '3', METRICS]);
  expect(client.status).not.toBe(0);
  expect(client.stdout).toBe('');
  runIn(lab, 'net', ['ip', 'route', 'add', MANAGEMENT, 'via', EGRESS.default4]);
  const stranger = tryRunIn(lab, 'net', ['curl', '-sS', '--max-time', '3', METRICS]);
  expect(stranger).toMatchObject({ status: SILENCE, stdout: '' });
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

/** OpenMetrics, as Prometheus asks for it. */
function scrape(args: readonly string[]): string {
  const accept = 'accept: application/openmetrics-text; version=1.0.0';
  return runIn(lab, 'gw', ['curl', '-sS', '--fail', '--max-time', '10', '-H', accept, ...args]);
}
