/** Metrics over the API and over TCP; the TCP tests stay on the loopback interface. */
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeApi } from '../../src/api/make-api.ts';
import { type MetricsServer, serveMetrics } from '../../src/api/serve-metrics.ts';
import { makeConfig } from '../gateway/host/host-fixture.ts';
import { addressBytes } from '../support/address-text.ts';
import { parseMetrics } from '../support/parse-metrics.ts';
import { prefixOf } from '../support/policy-fixture.ts';
import { makeControl } from './control-fixture.ts';

const LOCAL = { address: addressBytes('127.0.0.1'), port: 0 };
const LINKS = makeConfig();
const [ONRAMP] = LINKS.onramps;
if (ONRAMP === undefined) throw new Error('Cannot test: the configuration has no on-ramp');

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

function ask(port: number, path = '/metrics', method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, agent: false }, async (answer) => {
      const chunks = await answer.toArray();
      const type = answer.headers['content-type'];
      resolve({ status: answer.statusCode, type, text: Buffer.concat(chunks).toString() });
    });
    request.on('error', reject).end();
  });
}

describe('makeApi', () => {
  test('serves metrics in the text format of Prometheus, in no envelope (G10)', async () => {
    const answer = await makeApi(makeControl()).request('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parseMetrics(await answer.text(), 'prometheus');
    expect(families.get('syngate_dropped_packets_total')?.samples).toEqual([
      { name: 'syngate_dropped_packets_total', labels: { reason: 'hairpin' }, value: 3 },
    ]);
  });

  test('serves OpenMetrics to whoever asks for it', async () => {
    // What Prometheus sends.
    const accept =
      'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
    const answer = await makeApi(makeControl()).request('/metrics', { headers: { accept } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(parseMetrics(await answer.text(), 'openmetrics').get('syngate_leases_kept')?.type).toBe('gauge');
  });
});

describe('serveMetrics', () => {
  test('serves metrics, and of the API nothing', async () => {
    server = await serveMetrics(makeControl(), LOCAL, LINKS);
    const { port } = server;
    expect(await ask(port)).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/plain/) });
    expect(await ask(port, '/syngate/v1/status')).toMatchObject({ status: 404 });
    expect(await ask(port, '/client/v4/accounts/a/gateway/rules')).toMatchObject({ status: 404 });
    expect(await ask(port, '/metrics', 'POST')).toMatchObject({ status: 404 });
  });

  test('says nothing of the inside when it fails (FL-40)', async () => {
    const errors: unknown[] = [];
    const failure = new Error('secret');
    const metrics = () => Promise.reject(failure);
    server = await serveMetrics({ metrics }, LOCAL, LINKS, { onError: (error) => errors.push(error) });
    expect(await ask(server.port)).toMatchObject({ status: 500, text: 'Cannot answer: internal error\n' });
    expect(errors).toEqual([failure]);
  });

  test.each([
    ['an on-ramp', { ...LINKS, onramps: [{ ...ONRAMP, interface: 'lo' }] }],
    ['the TUN', { ...LINKS, tun: { ...LINKS.tun, name: 'lo' } }],
  ])('refuses an address that %s has', async (_what, links) => {
    await expect(serveMetrics(makeControl(), LOCAL, links)).rejects.toMatchObject({
      code: 'EDEVICE',
      message: 'Cannot serve metrics on 127.0.0.1: lo has this address',
    });
  });

  test('turns clients away', async () => {
    const links = { ...LINKS, onramps: [{ ...ONRAMP, clients: [prefixOf('127.0.0.0/8')] }] };
    server = await serveMetrics(makeControl(), LOCAL, links);
    await expect(ask(server.port)).rejects.toThrow();
  });

  test('says which port it cannot have', async () => {
    server = await serveMetrics(makeControl(), LOCAL, LINKS);
    const taken = { ...LOCAL, port: server.port };
    await expect(serveMetrics(makeControl(), taken, LINKS)).rejects.toMatchObject({
      code: 'EDEVICE',
      message: expect.stringMatching(/^Cannot serve metrics on 127\.0\.0\.1, port \d+: .*EADDRINUSE/),
    });
  });

  test('ends at once, though scrapers keep their connections', async () => {
    server = await serveMetrics(makeControl(), LOCAL, LINKS);
    const scraper = net.connect(server.port, '127.0.0.1');
    scraper.on('error', () => {});
    scraper.write('GET /metrics HTTP/1.1\r\nHost: gateway\r\n\r\n');
    await new Promise((resolve) => scraper.once('data', resolve));
    const ended = new Promise((resolve) => scraper.once('close', resolve));
    await server.close();
    server = undefined;
    await ended;
  });
});
