import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, serveApi } from '../../../src/api/serve-api.ts';
import { makeControl } from '../../api/control-fixture.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { runCli } from '../cli-fixture.ts';

const socket = path.join(new TemporaryFolder().path, 'api.sock');
const HOUR_AGO = new Date(Date.now() - 3_600_500).toISOString();
let lists = [
  { id: 'a1', name: 'banks', type: 'DOMAIN' as const, items: [{ value: 'bank.example.com' }] },
  {
    id: 'b2',
    name: 'offices',
    type: 'IP' as const,
    file: 'offices.csv',
    updated_at: HOUR_AGO,
    items: Array.from({ length: 1234 }, () => ({ value: '192.0.2.1' })),
  },
];
let server: ApiServer;
beforeAll(async () => {
  server = await serveApi(makeControl({ lists: () => lists }), socket);
});
afterAll(() => server.close());

describe('syngate lists', () => {
  test('shows type, number of entries, file and age', async () => {
    const { status, output } = await runCli(['--socket', socket, 'lists']);
    expect(status).toBe(0);
    expect(output.split('\n')).toEqual([
      'NAME     TYPE    ENTRIES  FILE           AGE  ID',
      'banks    DOMAIN        1  -                -  a1',
      'offices  IP        1,234  offices.csv  1h 0m  b2',
    ]);
  });

  test('gives the same as JSON, without the entries', async () => {
    const { output } = await runCli(['--socket', socket, '--json', 'lists']);
    expect(JSON.parse(output)).toEqual([
      { id: 'a1', name: 'banks', type: 'DOMAIN', entries: 1, file: null, updatedAt: null },
      { id: 'b2', name: 'offices', type: 'IP', entries: 1234, file: 'offices.csv', updatedAt: HOUR_AGO },
    ]);
  });

  test('says so when there is none', async () => {
    lists = [];
    expect((await runCli(['--socket', socket, 'lists'])).output).toBe('no lists');
  });
});
