/** Name servers between alice's programs and the gateway: they take its answers, and hand them on as they are (issue 4). */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { RESOLVER } from './lab/topology.ts';
import { curl, dig, digFull, lease, whoami } from './support/clients.ts';
import { isSourceOfAlice } from './support/expected-sources.ts';
import { type Forwarder, startForwarder } from './support/forwarders.ts';
import { countSentTraffic, takeSentTraffic } from './support/sent-traffic.ts';
import { startResolved } from './support/systemd-resolved.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const BANK = 'bank.example.com';
const RECORDS = [
  [BANK, 'A'],
  [BANK, 'AAAA'],
  [BANK, 'HTTPS'],
  ['chain.example.com', 'A'],
  ['large.example.com', 'TXT'],
  ['example.com', 'MX'],
] as const;
/** Past the forwarder: the gateway itself. */
const DIRECTLY = `@${RESOLVER.ipv4}`;

beforeAll(() => countSentTraffic(lab));

function reachesBank(): boolean {
  return ([4, 6] as const).every((family) =>
    isSourceOfAlice(BANK, whoami(lab, 'alice', BANK, family).address),
  );
}

describe.each(['systemd-resolved', 'unbound', 'dnsmasq'] as const)('%s', (program) => {
  let forwarder: Forwarder;
  beforeAll(async () => {
    forwarder =
      program === 'systemd-resolved' ? await startResolved(lab) : await startForwarder(lab, program);
  });
  afterAll(() => forwarder.stop());

  test('leads programs to the bank over both families', () => {
    expect(reachesBank()).toBe(true);
  });

  test('gives records as the gateway does', () => {
    const direct = RECORDS.map(([name, type]) => dig(lab, 'alice', name, type, DIRECTLY));
    expect(direct).not.toContainEqual([]);
    expect(RECORDS.map(([name, type]) => dig(lab, 'alice', name, type))).toEqual(direct);
    for (const option of ['+tcp', '+dnssec', '+noedns'])
      expect(dig(lab, 'alice', BANK, 'A', option)).toEqual([lease(lab, 'alice', BANK)]);
  });

  test('gives the name of a synthetic address', () => {
    const namesOf = (address: string) => runIn(lab, 'alice', ['dig', '+short', '-x', address]).trim();
    for (const family of [4, 6] as const) expect(namesOf(lease(lab, 'alice', BANK, family))).toBe(`${BANK}.`);
  });

  test('says what the gateway says of names without an address', () => {
    const statusOf = (name: string) => {
      const output = digFull(lab, 'alice', name, 'A');
      expect(output).toContain('ANSWER: 0');
      return /status: (\w+)/.exec(output)?.[1];
    };
    expect(statusOf('no-such-name.example.com')).toBe('NXDOMAIN');
    expect(statusOf('nodata.example.com')).toBe('NOERROR');
    expect(statusOf('loop.example.com')).toBe('SERVFAIL');
  });
});

describe('systemd-resolved', () => {
  /** Runs it with these settings for as long as `act` takes; what it logged. */
  async function runResolved(settings: readonly string[], act: () => void): Promise<string> {
    const resolved = await startResolved(lab, settings);
    try {
      act();
      return readFileSync(resolved.logFile, 'utf8');
    } finally {
      await resolved.stop();
    }
  }

  test('finds that the gateway understands EDNS', async () => {
    const log = await runResolved([], () => expect(reachesBank()).toBe(true));
    expect(log).toContain(
      `Verified we get a response at feature level UDP+EDNS0 from DNS server ${RESOLVER.ipv4}`,
    );
  });

  test('tries TLS with DNSOverTLS=opportunistic, is refused at once, and asks in the clear', async () => {
    takeSentTraffic(lab);
    const log = await runResolved(['DNSOverTLS=opportunistic'], () => expect(reachesBank()).toBe(true));
    expect(log).toContain('Connection failure for DNS TCP stream: Connection refused');
    const { dnsTls, dnsUdp } = takeSentTraffic(lab);
    expect(Math.min(dnsTls, dnsUdp)).toBeGreaterThan(0);
  });

  // The first question fails while it finds out, as it does with any server that has no signatures.
  test('goes without signatures with DNSSEC=allow-downgrade, once it has seen that there are none', async () => {
    const log = await runResolved(['DNSSEC=allow-downgrade'], () => {
      digFull(lab, 'alice', BANK, 'A');
      expect(reachesBank()).toBe(true);
    });
    expect(log).toContain(`Server ${RESOLVER.ipv4} does not support DNSSEC, downgrading to non-DNSSEC mode`);
  });

  test('refuses synthetic answers with DNSSEC=yes, so that nothing is reached (D23)', async () => {
    await runResolved(['DNSSEC=yes'], () => {
      expect(digFull(lab, 'alice', BANK, 'A')).toContain('status: SERVFAIL');
      expect(curl(lab, 'alice', [`https://${BANK}/whoami`]).stderr).toContain('Could not resolve host');
    });
  });
});
