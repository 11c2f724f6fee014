import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { GatewayClient } from '../../src/api/client.ts';
import { type ApiServer, serveApi } from '../../src/api/serve-api.ts';
import type { GatewayControl } from '../../src/gateway/control/gateway-control.ts';
import { EGRESS, EXPLANATION, FLOW, LEASE, makeControl, STATUS } from './control-fixture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-api-'));
const socket = path.join(folder, 'deep/api.sock');
/** More than the kernel keeps for one who does not read. */
const LARGE = Array.from({ length: 50_000 }, (_, index) => ({ value: `host-${index}.example.com` }));
let server: ApiServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('GatewayClient', () => {
  test('asks a gateway over its socket', async () => {
    server = await serveApi(makeControl(), socket);
    const client = new GatewayClient(socket);
    expect(await client.status()).toEqual(STATUS);
    expect(await client.flows({ host: 'bank.example.com' })).toEqual([FLOW]);
    expect(await client.flows({ host: 'none.example' })).toEqual([]);
    expect(await client.leases()).toEqual([LEASE]);
    expect(await client.egress()).toEqual([EGRESS]);
    expect(await client.explain({ host: 'bank.example.com' })).toEqual(EXPLANATION);
    expect(await client.reload()).toMatchObject({ rules: 1 });
  });

  test('passes on why the gateway refused', async () => {
    server = await serveApi(makeControl(), socket);
    await expect(new GatewayClient(socket).flows({ client: 'alice' })).rejects.toMatchObject({
      code: 'EREFUSED',
      message: 'Cannot take client: not an IP address',
    });
  });

  test('tells a failure of the gateway from a refusal, of a stream as well', async () => {
    const broken = () => {
      throw new Error('a defect');
    };
    server = await serveApi(makeControl({ rules: broken, trace: broken }), socket);
    const client = new GatewayClient(socket);
    const failed = { name: 'Error', message: 'Cannot answer: internal error' };
    await expect(client.rules()).rejects.toMatchObject(failed);
    await expect(client.traceDecisions({}, new AbortController().signal)).rejects.toMatchObject(failed);
    await expect(
      client.traceDecisions({ client: 'alice' }, new AbortController().signal),
    ).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  test('says that nobody is there', async () => {
    const client = new GatewayClient(path.join(folder, 'none.sock'));
    await expect(client.status()).rejects.toMatchObject({
      code: 'EUNREACHABLE',
      message: expect.stringMatching(/^Cannot reach the gateway at .*none\.sock: there is no such socket/),
    });
  });
});

describe('serveApi', () => {
  test('lets only the owner open the socket, and takes it away at the end', async () => {
    const umask = process.umask();
    server = await serveApi(makeControl(), socket);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(umask);
    await server.close();
    server = undefined;
    expect(existsSync(socket)).toBe(false);
  });

  test('takes over the socket of a gateway that was killed', async () => {
    await leaveStaleSocket();
    expect(existsSync(socket)).toBe(true);
    server = await serveApi(makeControl(), socket);
    expect(await new GatewayClient(socket).status()).toEqual(STATUS);
  });

  test('ends soon, though somebody does not finish asking or does not read his answer', async () => {
    const lists: GatewayControl['lists'] = () => [{ id: 'l', name: 'large', type: 'DOMAIN', items: LARGE }];
    server = await serveApi(makeControl({ lists }), socket);
    const silent = net.connect(socket);
    silent.write('GET /syngate/v1/status HTTP/1.1\r\nHost:');
    const deaf = net.connect(socket).pause();
    deaf.write('GET /client/v4/accounts/a/gateway/lists/l HTTP/1.1\r\nHost: gateway\r\n\r\n');
    await vi.waitFor(() => expect(deaf.bytesWritten + silent.bytesWritten).toBeGreaterThan(90));
    // Both have been read when this one has its answer.
    await new GatewayClient(socket).status();
    await server.close();
    server = undefined;
    expect(existsSync(socket)).toBe(false);
    silent.destroy();
    deaf.destroy();
  });

  test('refuses where another gateway answers (FL-45), and where something else stands', async () => {
    server = await serveApi(makeControl(), socket);
    await expect(serveApi(makeControl(), socket)).rejects.toMatchObject({ code: 'EBUSY' });
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(serveApi(makeControl(), file)).rejects.toMatchObject({ code: 'EDEVICE' });
  });
});

/** Node removes a socket when its server closes, so the file is moved away meanwhile. */
async function leaveStaleSocket(): Promise<void> {
  const listener = net.createServer();
  await new Promise<void>((resolve) => listener.listen(socket, resolve));
  renameSync(socket, `${socket}.kept`);
  await new Promise<void>((resolve) => listener.close(() => resolve()));
  renameSync(`${socket}.kept`, socket);
}
