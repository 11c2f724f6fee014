/** Stopped, killed or half-started, the gateway drops and never leaks (FL-16, FL-17; issue 2, Done when 3). */
import { beforeEach, describe, expect, test } from 'vitest';
import { runIn, tryRunIn } from './lab/command.ts';
import { gatewayPid, killGateway, startGateway, stopGateway } from './lab/gateway-process.ts';
import { declareLiteral, readOracle } from './lab/oracle.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { lease, whoami } from './support/clients.ts';
import { Transfer } from './support/transfer.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const BEGINS_WITHIN_MS = 10_000;

const ADDRESSES = ['192.0.2.20', '2001:db8:2::20', '100.80.7.7', '2606:4700:cf1:4000::7'];
/** What a client may try while the gateway is dead; each fails within some two seconds. */
const ATTEMPTS: ReadonlyArray<readonly string[]> = [
  ...ADDRESSES.map((address) => ['ping', '-c5', '-i0.2', '-W1', address]),
  ...ADDRESSES.map((address) => ['curl', '-sS', '-m', '2', `http://${address.replace(/^.*:.*$/, '[$&]')}/`]),
  ['curl', '-sS', '-m', '2', 'https://bank.example.com/'],
  ['dig', '+tries=1', '+time=2', '@192.0.2.53', 'bank.example.com'],
  ['dig', '+tries=1', '+time=2', '+tcp', '@2001:db8:2::53', 'bank.example.com'],
];

/** A router that forwarded before syngate came, the case in which a dead gateway would leak. */
beforeEach(async () => {
  runIn(lab, 'gw', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  await startGateway(lab);
});

describe.each([4, 6] as const)('kill -9 in the middle of a transfer over IPv%i', (family) => {
  test.each([
    ['download', ['--output', '-', 'https://bank.example.com/bytes/4000000000']],
    [
      'upload',
      ['--no-buffer', '--upload-file', '/dev/zero', '--output', '-', 'https://bank.example.com/echo'],
    ],
  ])('%s: no packet with a wrong source, none at all while the gateway is dead', async (direction, args) => {
    const transfer = new Transfer(lab, 'alice', [
      'curl',
      '-sS',
      `-${family}`,
      '--limit-rate',
      '50M',
      '-m',
      '6',
      ...args,
    ]);
    const before = readOracle(lab).packets_from_gateway;
    const moves = (): boolean =>
      direction === 'download'
        ? transfer.received > 5_000_000
        : readOracle(lab).packets_from_gateway > before + 200;
    await waitUntil(moves, BEGINS_WITHIN_MS, () => `the ${direction} does not begin`);
    await killGateway(lab);
    await expectSilence();
    expect(await transfer.ended).not.toBe(0);
  });
});

describe('a gateway that is not running', () => {
  test('lets nothing out after SIGTERM', async () => {
    await stopGateway(lab);
    await expectSilence();
  });

  test('lets nothing out when its TUN is gone as well', async () => {
    await killGateway(lab);
    tryRunIn(lab, 'gw', ['ip', 'link', 'delete', 'syngate0']);
    await expectSilence();
  });

  test('is one whose TUN was deleted: it ends, and lets nothing out', async () => {
    runIn(lab, 'gw', ['ip', 'link', 'delete', 'syngate0']);
    await waitUntil(
      () => gatewayPid(lab) === undefined,
      BEGINS_WITHIN_MS,
      () => 'the gateway goes on without its TUN',
    );
    await expectSilence();
  });

  test('lets nothing out with a wrong source while it is killed and started again under traffic', async () => {
    for (const address of ADDRESSES.slice(0, 2)) declareLiteral(lab, address);
    const floods = [
      new Transfer(lab, 'alice', ['ping', '-i', '0.01', '-w', '8', '192.0.2.20']),
      new Transfer(lab, 'bob', ['ping', '-i', '0.01', '-w', '8', '2001:db8:2::20']),
    ];
    for (let cycle = 0; cycle < 3; cycle++) {
      await killGateway(lab);
      await startGateway(lab);
    }
    expect(gatewayPid(lab)).toBeDefined();
    await Promise.all(floods.map((flood) => flood.ended));
  });

  test('works at once when it is started again, with what clients had cached refused or right', async () => {
    const cached = lease(lab, 'alice', 'shop.example.com');
    await killGateway(lab);
    await startGateway(lab);
    expect(whoami(lab, 'alice', 'bank.example.com').address).toBe(EGRESS.primary);
    const answer = tryRunIn(lab, 'alice', ['curl', '-sS', '-m', '5', `http://${cached}/whoami`]);
    // Refused at once (7), or still shop from the default egress; never a time-out (28), never another site.
    if (answer.status === 0) expect(JSON.parse(answer.stdout).address).toBe(EGRESS.default4);
    else expect(answer.status).toBe(7);
  });
});

/** Both clients try everything they have, all at once; the internet must hear nothing. */
async function expectSilence(): Promise<void> {
  const before = readOracle(lab).packets_from_gateway;
  const attempts = (['alice', 'bob'] as const).flatMap((client) =>
    ATTEMPTS.map((command) => new Transfer(lab, client, command)),
  );
  const statuses = await Promise.all(attempts.map(({ ended }) => ended));
  expect(statuses).not.toContain(0);
  const report = readOracle(lab);
  expect(report.packets_from_gateway - before, JSON.stringify(report)).toBe(0);
}
