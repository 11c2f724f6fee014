import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, serveApi } from '../../src/api/serve-api.ts';
import type { FlowFilter } from '../../src/gateway/control/flow-record.ts';
import {
  CLIENT,
  DNS,
  EGRESS,
  EXPLANATION,
  FLOW,
  LEASE,
  makeControl,
  STATUS,
  USER,
} from '../api/control-fixture.ts';
import { runCli } from './cli-fixture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-cli-'));
const socket = path.join(folder, 'api.sock');
const asked: FlowFilter[] = [];
let server: ApiServer;

beforeAll(async () => {
  const control = makeControl({
    flows: async (filter) => {
      asked.push(filter);
      return filter.host === 'none.example' ? [] : [FLOW];
    },
    explain: async (query) =>
      query.port === 25
        ? {
            ...EXPLANATION,
            ipv4: { address: null, method: 'default', role: null, uplink: null, reason: 'none healthy' },
          }
        : EXPLANATION,
  });
  server = await serveApi(control, socket);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const ask = (...words: string[]) => runCli(['--socket', socket, ...words]);

describe('runCommandLine shows a running gateway:', () => {
  test('status', async () => {
    const { status, output } = await ask('status');
    expect(status).toBe(0);
    expect(output).toMatch(/^gateway +running for 1d 2h, version 0\.1\.0, pid 4711$/m);
    expect(output).toMatch(/^egress +1 up, 1 down$/m);
    expect(output).toMatch(/^in +4,321 packets, 2\.5 GB$/m);
    expect(output).toMatch(/^violations +0$/m);
    expect(output).toMatch(/^dropped\n +3 {2}synthetic-unknown$/m);
  });

  test('status, which complains when leases are not kept on disk (FL-31)', async () => {
    expect((await ask('status')).output).toMatch(/^leases +1 used of 65,533, 0 in quarantine$/m);
    const status = async () => ({ ...STATUS, leases: { ...STATUS.leases, isKept: false } });
    const lossy = path.join(folder, 'lossy.sock');
    const other = await serveApi(makeControl({ status }), lossy);
    const { output } = await runCli(['--socket', lossy, 'status']);
    await other.close();
    expect(output).toMatch(/^leases +1 used of 65,533, 0 in quarantine, not kept on disk$/m);
  });

  test('flows, with IPv6 endpoints in brackets', async () => {
    expect((await ask('flows')).output.split('\n')).toEqual([
      'PROTO  STATE        CLIENT              USER               HOST              REAL                  EGRESS                 ROLE       AGE     OUT       IN  RULE',
      'tcp    established  [fd00:64::2]:40000  alice@example.com  bank.example.com  [2001:db8:2::c6]:443  [2001:db8:9::1]:50000  primary  1m 5s  1.0 kB  20.0 kB  finance reaches the bank',
    ]);
  });

  test('flows, asking for the filters that were given', async () => {
    const { output } = await ask('flows', '--host', 'none.example', '--protocol', 'udp', '--limit', '5');
    expect(output).toBe('no flows');
    expect(asked.at(-1)).toEqual({ host: 'none.example', protocol: 'udp', limit: 5 });
  });

  test('clients', async () => {
    expect((await ask('clients')).output.split('\n')).toEqual([
      'ADDRESS    USER               DEVICE  FLOWS  PORTS  LEASES  NETWORK  EXPIRES                   GROUPS',
      '10.64.0.2  alice@example.com  laptop  1,200      7       3  -        2026-12-31T00:00:00.000Z  finance, staff',
    ]);
    expect((await ask('clients', '--user', 'nobody@example.com', '--limit', '3')).output).toBe('no clients');
  });

  test('users', async () => {
    expect((await ask('users')).output.split('\n')).toEqual([
      'EMAIL              NAME   FLOWS  GROUPS          DEVICES  ADDRESSES             EXPIRES',
      'alice@example.com  Alice  1,201  finance, staff  laptop   10.64.0.2 fd00:64::2  -',
    ]);
  });

  test('leases', async () => {
    expect((await ask('leases')).output).toMatch(
      /^bank\.example\.com {2}100\.80\.3\.4 {2}- .* 192\.0\.2\.198$/m,
    );
  });

  test('dns', async () => {
    const { output } = await ask('dns');
    expect(output).toMatch(/^cache +12 answers, 3\.4 kB$/m);
    expect(output).toMatch(
      /^tls:\/\/192\.0\.2\.53:853#dns\.example {2}down +12ms +1,200 {2}all else .*certificate has expired$/m,
    );
    expect(output).toMatch(/^192\.0\.2\.54:53 +up +- +0 {2}corp\.example {2}-$/m);
    expect(output).toMatch(/^queriesUdp {2}1,234$/m);
    expect(output).not.toMatch(/blocked/);
    expect(output).toMatch(/^gone\.example +A +3 .*no upstream has answered$/m);
  });

  test('egress', async () => {
    expect((await ask('egress')).output).toMatch(
      /^203\.0\.113\.9 {2}down .* 1 rule .* no answer from icmp:192/m,
    );
  });

  test('rules', async () => {
    expect((await ask('rules')).output).toMatch(/^ +1000 {2}no {7}bank {2}default {2}always$/m);
  });

  test.each([
    ['status', STATUS],
    ['flows', [FLOW]],
    ['clients', [CLIENT]],
    ['users', [USER]],
    ['leases', [LEASE]],
    ['dns', DNS],
    ['egress', [EGRESS]],
  ])('%s as JSON, wherever --json stands', async (command, expected) => {
    expect(JSON.parse((await ask(command, '--json')).output)).toEqual(expected);
    expect(JSON.parse((await ask('--json', command)).output)).toEqual(expected);
  });
});

test('runCommandLine --watch shows it again and again, until the gateway is gone', async () => {
  const watched = path.join(folder, 'watched.sock');
  let calls = 0;
  const status = async () => {
    calls++;
    if (calls > 2) throw new Error('gone');
    return STATUS;
  };
  const other = await serveApi(makeControl({ status }), watched);
  const outcome = await runCli(['--socket', watched, '--json', 'status', '--watch', '0.1']);
  await other.close();
  expect(outcome.output).toBe(`(clear)\n${JSON.stringify(STATUS)}\n(clear)\n${JSON.stringify(STATUS)}`);
  expect(outcome).toMatchObject({ status: 1, complaints: 'syngate: Cannot answer: internal error' });
});

describe('runCommandLine explains', () => {
  test('every rule with the part that did not hold, then the address', async () => {
    const { status, output } = await ask(
      'explain',
      '--host',
      'bank.example.com',
      '--port',
      '443',
      '--user',
      'bob@example.com',
    );
    expect(status).toBe(0);
    expect(output).toContain('finance reaches the bank: does not hold');
    expect(output).toContain('✗ identity: any(identity.groups[*].name in {"finance"})');
    expect(output).toContain('identity.groups[*].name is ["sales"]');
    expect(output).toMatch(/^decided +by no rule/m);
    expect(output).toMatch(/^IPv4 +198\.51\.100\.1 on wan \(default, default\): no rule holds$/m);
  });

  test('a connection that would be refused with status 1', async () => {
    const { status, output } = await ask('explain', '--host', 'mail.example', '--port', '25');
    expect(status).toBe(1);
    expect(output).toMatch(/^IPv4 +refused: none healthy$/m);
  });
});

describe('runCommandLine ends with status', () => {
  test.each([
    ['2 for an unknown command', ['statsu'], /Did you mean status/],
    ['2 for an unknown option', ['flows', '--hots', 'x'], /unknown option/],
    ['2 for an option that is no number', ['flows', '--limit', '1e3'], /not a number from 1 to 100000/],
    [
      '2 for a port that is none',
      ['explain', '--host', 'x', '--port', '65536'],
      /not a port from 1 to 65535/,
    ],
    [
      '2 for a question without an object',
      ['explain', '--port', '443'],
      /'--host <name>' or '--destination <ip>' is needed/,
    ],
    [
      '2 for what the gateway does not understand',
      ['flows', '--client', 'alice'],
      /Cannot take client: not an IP address/,
    ],
  ])('%s', async (_name, words, expected) => {
    const { status, complaints } = await ask(...words);
    expect(complaints).toMatch(expected);
    expect(status).toBe(2);
  });

  test('3 when no gateway answers', async () => {
    const { status, complaints } = await runCli(['--socket', path.join(folder, 'none'), 'status']);
    expect(status).toBe(3);
    expect(complaints).toMatch(/^syngate: Cannot reach the gateway at .*none: there is no such socket/);
  });

  test('0 for help and version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ status: 0, output: '0.1.0' });
    expect(await runCli(['flows', '--help'])).toMatchObject({ status: 0 });
  });
});

describe('runCommandLine never lets a name steer the terminal', () => {
  test('of a client or of the internet', async () => {
    const hostile = path.join(folder, 'hostile.sock');
    const control = makeControl({ leases: () => [{ ...LEASE, host: 'a\x1b]0;owned\x07\n.example' }] });
    const other = await serveApi(control, hostile);
    const { output } = await runCli(['--socket', hostile, 'leases']);
    await other.close();
    expect(output).toContain('a\\u{1b}]0;owned\\u{7}\\u{a}.example');
  });
});

describe('runCommandLine check', () => {
  const config = path.join(folder, 'config.yaml');
  const policy = path.join(folder, 'policy.yaml');
  const GOOD = `onramps: [{ name: lan, interface: lan0, clients: [10.64.0.0/24] }]
uplinks: [{ name: wan, interface: wan0 }]
egress:
  addresses: [{ address: 203.0.113.9, uplink: wan }]
  default: { ipv4: 203.0.113.9 }
resolver: { upstreams: [192.0.2.53] }
synthetic: { preset: public-ranges }
policy: policy.yaml
`;
  const RULES = 'rules: [{ name: a, action: egress, enabled: true, traffic: "net.dst.port == 1" }]\n';
  const check = (configText: string, policyText: string, ...words: string[]) => {
    writeFileSync(config, configText);
    writeFileSync(policy, policyText);
    return runCli(['check', '-c', config, ...words]);
  };

  test('says what is sound', async () => {
    const { status, output } = await check(GOOD, RULES);
    expect(output).toMatch(/^ok: 1 rule, 0 lists, 0 client addresses/);
    expect(status).toBe(0);
  });

  test('shows what is wrong in both files at once (FL-29)', async () => {
    const { status, complaints, output } = await check(
      GOOD.replace('192.0.2.53', 'dns'),
      'rule: []\n',
      '-p',
      policy,
    );
    expect(status).toBe(2);
    expect(output).toBe('');
    expect(complaints).toContain(`${config}:6:25: resolver.upstreams[0]: Cannot use "dns"`);
    expect(complaints).toContain(`${policy}:1:1: rule: Cannot use the key "rule"`);
  });

  test('looks at the files that configuration and policy name', async () => {
    const { status, complaints } = await check(
      `${GOOD}geolocation: { database: countries.mmdb }\n`,
      `${RULES}lists: [{ id: a, name: a, type: IP, file: a.csv }]\n`,
    );
    expect(status).toBe(2);
    expect(complaints).toContain(`${path.join(folder, 'countries.mmdb')}: Cannot read the file: ENOENT`);
    expect(complaints).toContain(`${policy}:2:43: lists[0].file: `);
  });

  test('shows where an expression is wrong', async () => {
    const { status, complaints } = await check(GOOD, RULES.replace('port == 1', 'prot == 1'));
    expect(status).toBe(2);
    expect(complaints).toContain(`${policy}:1:60: rules[0].traffic: Filter parsing error (1:`);
  });

  test('takes another policy with -p, and reports as JSON', async () => {
    const other = path.join(folder, 'other.yaml');
    writeFileSync(other, 'rules: 1\n');
    const { status, output } = await check(GOOD, RULES, '-p', other, '--json');
    expect(status).toBe(2);
    expect(JSON.parse(output)).toMatchObject({
      ok: false,
      summary: null,
      problems: [{ file: other, position: { line: 1, column: 8 }, field: 'rules' }],
    });
  });
});
