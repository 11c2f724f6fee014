import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, serveApi } from '../../../src/api/serve-api.ts';
import type {
  DecisionRecord,
  TraceListener,
  TraceRequest,
} from '../../../src/gateway/control/trace-record.ts';
import { GatewayError } from '../../../src/report/errors.ts';
import { makeControl } from '../../api/control-fixture.ts';
import { readPcapng } from '../../support/read-pcapng.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { runCli } from '../cli-fixture.ts';

const folder = new TemporaryFolder();
const socket = path.join(folder.path, 'api.sock');
const OPENED: DecisionRecord = {
  time: '2026-01-02T03:04:05.678Z',
  protocol: 'tcp',
  client: { address: '10.64.0.2', port: 40_000 },
  user: 'alice@example.com',
  host: 'bank.example.com',
  destination: { address: '100.80.1.2', port: 443 },
  rule: { id: 'b', name: 'the bank' },
  result: 'opened',
  real: { address: '192.0.2.198', port: 443 },
  egress: { address: '203.0.113.9', port: 31_177 },
  uplink: 'wan',
  role: 'primary',
};
const REFUSED: DecisionRecord = {
  ...OPENED,
  user: null,
  host: null,
  rule: null,
  result: 'synthetic-unknown',
  real: null,
  egress: null,
  uplink: null,
  role: null,
};
const packet = (at: number, size = 40) => ({
  atMs: 1_790_000_000_000 + at,
  uplink: at % 2 === 0 ? null : 'wan',
  bytes: new Uint8Array(size).fill(at),
  isSent: at % 2 === 1,
  comment: at === 0 ? 'first' : null,
});

let server: ApiServer;
let requests: TraceRequest[] = [];
let stops = 0;
let play: (listener: TraceListener) => void = () => {};
beforeAll(async () => {
  const control = makeControl({
    trace: (request, listener) => {
      requests.push(request);
      setImmediate(() => play(listener));
      return { uplinks: ['wan'], stop: () => void stops++ };
    },
  });
  server = await serveApi(control, socket);
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
  stops = 0;
});

const run = (...words: string[]) => runCli(['--socket', socket, ...words]);

describe('syngate trace', () => {
  test('shows decisions as they come, until the gateway ends', async () => {
    play = (listener) => {
      listener.onDecision(OPENED);
      listener.onDecision(REFUSED);
      listener.onLost(3);
      listener.onEnd();
    };
    const { status, output } = await run('trace', '--client', '10.64.0.2', '--host', 'example.com');
    expect(status).toBe(0);
    expect(output.split('\n')).toEqual([
      '03:04:05.678 tcp 10.64.0.2:40000 alice@example.com → bank.example.com:443 203.0.113.9:31177 on wan (primary) by the bank',
      '03:04:05.678 tcp 10.64.0.2:40000 → 100.80.1.2:443 synthetic-unknown',
      '3 were too fast to be shown',
    ]);
    expect(requests).toEqual([{ client: '10.64.0.2', host: 'example.com', packets: false }]);
  });

  test('gives the same as lines of JSON', async () => {
    play = (listener) => {
      listener.onDecision(OPENED);
      listener.onEnd();
    };
    const { output } = await run('--json', 'trace');
    expect(output.split('\n').map((line): unknown => JSON.parse(line))).toEqual([OPENED]);
  });

  test('ends by itself after some seconds', async () => {
    play = () => {};
    expect(await run('trace', '--seconds', '0.2')).toEqual({ status: 0, output: '', complaints: '' });
    expect(stops).toBe(1);
  });

  test('ends well when it is interrupted', async () => {
    play = () => {
      const [end] = process.listeners('SIGINT').slice(-1);
      end?.('SIGINT');
    };
    expect(await run('trace')).toEqual({ status: 0, output: '', complaints: '' });
  });

  test('tells when the gateway is gone in the middle of it', async () => {
    const dying = await serveApi(
      makeControl({
        trace: (_request, listener) => {
          setImmediate(() => {
            listener.onDecision(OPENED);
            void dying.close();
          });
          return { uplinks: [], stop: () => {} };
        },
      }),
      `${socket}.3`,
    );
    const { status, output, complaints } = await runCli(['--socket', `${socket}.3`, '--json', 'trace']);
    expect([status, complaints]).toEqual([3, 'syngate: Cannot go on: the gateway has ended']);
    expect(output).toContain('bank.example.com');
  });

  test('says why it may not', async () => {
    const refusing = await serveApi(
      makeControl({
        trace: () => {
          throw new GatewayError('EREFUSED', 'Cannot trace: another trace is running');
        },
      }),
      `${socket}.2`,
    );
    const { status, complaints } = await runCli(['--socket', `${socket}.2`, 'trace']);
    await refusing.close();
    expect({ status, complaints }).toEqual({
      status: 2,
      complaints: 'syngate: Cannot trace: another trace is running',
    });
  });

  test.each([
    [['--client', 'alice'], 2, /client: not an IP address/],
    [['--packets', '0'], 2, /It is not a number from 1/],
    [['--bytes', '12'], 2, /It is not a number of bytes from 1024/],
  ])('refuses %j', async (words, expected, message) => {
    const { status, complaints } = await run('trace', ...words);
    expect(status).toBe(expected);
    expect(complaints).toMatch(message);
  });
});

describe('syngate trace --pcap', () => {
  const file = path.join(folder.path, 'flow.pcapng');

  test('writes what clients and uplinks see, with their comments', async () => {
    play = (listener) => {
      listener.onPacket(packet(0));
      listener.onPacket(packet(1));
      listener.onLost(5);
      listener.onEnd();
    };
    const { status, complaints } = await run('trace', '--pcap', file, '--egress', '203.0.113.9');
    expect({ status, complaints }).toEqual({
      status: 0,
      complaints: expect.stringMatching(/written to .*flow/),
    });
    expect(requests).toEqual([{ egress: '203.0.113.9', packets: true }]);
    const { interfaces, packets, lost } = readPcapng(readFileSync(file));
    expect(interfaces).toEqual(['clients (inner)', 'wan']);
    expect(packets.map(({ on, comment }) => [on, comment])).toEqual([
      ['clients (inner)', 'first'],
      ['wan', null],
    ]);
    expect(lost).toBe(5);
  });

  test('ends when it has as many packets as were wanted', async () => {
    play = (listener) => {
      for (let at = 0; at < 10; at++) listener.onPacket(packet(at));
    };
    await run('trace', '--pcap', file, '--packets', '4');
    expect(readPcapng(readFileSync(file)).packets).toHaveLength(4);
    expect(stops).toBe(1);
  });

  test('ends when the file is as large as it may be', async () => {
    play = (listener) => {
      for (let at = 0; at < 10; at++) listener.onPacket(packet(at, 1000));
    };
    await run('trace', '--pcap', file, '--bytes', '3200');
    expect(readPcapng(readFileSync(file)).packets).toHaveLength(3);
  });

  test('ends after the time that was given', async () => {
    play = (listener) => listener.onPacket(packet(0));
    await run('trace', '--pcap', file, '--seconds', '0.2');
    expect(readPcapng(readFileSync(file)).packets).toHaveLength(1);
  });

  test('says what it cannot write', async () => {
    play = (listener) => listener.onEnd();
    const { status, complaints } = await run('trace', '--pcap', '/nowhere/flow.pcapng');
    expect(status).toBe(1);
    expect(complaints).toMatch(/ENOENT.*\/nowhere\/flow\.pcapng/);
  });
});
