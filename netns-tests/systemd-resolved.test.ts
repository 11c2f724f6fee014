/** systemd-resolved between alice's programs and the gateway, as it is on most Linux desktops (issue 4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { RESOLVER } from './lab/topology.ts';
import { curl, dig, digFull, lease, whoami, whoamiShape } from './support/clients.ts';
import { isSourceOfAlice } from './support/expected-sources.ts';
import { countSentTraffic, takeSentTraffic } from './support/sent-traffic.ts';
import { type Resolved, startResolved } from './support/systemd-resolved.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const BANK = 'bank.example.com';
/** Past the stub: the gateway itself. */
const DIRECTLY = `@${RESOLVER.ipv4}`;

beforeAll(() => countSentTraffic(lab));

function reachesBank(): boolean {
  return ([4, 6] as const).every((family) =>
    isSourceOfAlice(BANK, whoami(lab, 'alice', BANK, family).address),
  );
}

describe('systemd-resolved', () => {
  let resolved: Resolved;
  beforeAll(async () => {
    resolved = await startResolved(lab);
  });
  afterAll(() => resolved.stop());

  test('leads programs to the bank over both families', () => {
    expect(reachesBank()).toBe(true);
  });

  test('finds that the gateway understands EDNS', () => {
    lease(lab, 'alice', 'shop.example.com');
    expect(resolved.log()).toContain(
      `Verified we get a response at feature level UDP+EDNS0 from DNS server ${RESOLVER.ipv4}`,
    );
  });

  test.each([
    ['A', BANK, []],
    ['AAAA', BANK, []],
    ['A', BANK, ['+tcp']],
    ['A', BANK, ['+dnssec']],
    ['A', 'chain.example.com', []],
    ['HTTPS', BANK, []],
    ['TXT', BANK, []],
    ['MX', 'example.com', []],
    ['ANY', BANK, []],
  ])('gives %s records of %s as the gateway does (%s)', (type, name, options) => {
    const direct = dig(lab, 'alice', name, type, DIRECTLY);
    expect(direct).not.toEqual([]);
    expect(dig(lab, 'alice', name, type, ...options)).toEqual(direct);
  });

  test('gives the name of a synthetic address', () => {
    for (const family of [4, 6] as const)
      expect(runIn(lab, 'alice', ['dig', '+short', '-x', lease(lab, 'alice', BANK, family)]).trim()).toBe(
        `${BANK}.`,
      );
  });

  test.each([
    ['no-such-name.example.com', 'NXDOMAIN'],
    ['nodata.example.com', 'NOERROR'],
    ['loop.example.com', 'SERVFAIL'],
  ])('says of %s what the gateway says: %s', (name, status) => {
    const output = digFull(lab, 'alice', name, 'A');
    expect(output).toContain(`status: ${status}`);
    expect(output).toContain('ANSWER: 0');
  });
});

describe('systemd-resolved with another setting', () => {
  /** Runs it with a setting for as long as `act` takes; what it logged. */
  async function withSetting(setting: string, act: () => void): Promise<string> {
    const resolved = await startResolved(lab, [setting]);
    try {
      act();
      return resolved.log();
    } finally {
      await resolved.stop();
    }
  }

  test('DNSOverTLS=opportunistic tries TLS, is refused at once, and asks in the clear', async () => {
    takeSentTraffic(lab);
    const log = await withSetting('DNSOverTLS=opportunistic', () => expect(reachesBank()).toBe(true));
    expect(log).toContain('Connection failure for DNS TCP stream: Connection refused');
    const { dnsTls, dnsUdp } = takeSentTraffic(lab);
    expect(Math.min(dnsTls, dnsUdp)).toBeGreaterThan(0);
  });

  // The first question fails while it finds out, with any server that has no signatures.
  test('DNSSEC=allow-downgrade goes without signatures once it has seen that there are none', async () => {
    const log = await withSetting('DNSSEC=allow-downgrade', () => {
      digFull(lab, 'alice', BANK, 'A');
      expect(reachesBank()).toBe(true);
    });
    expect(log).toContain(`Server ${RESOLVER.ipv4} does not support DNSSEC, downgrading to non-DNSSEC mode`);
  });

  test('DNSSEC=yes refuses synthetic answers: nothing is reached (D23)', async () => {
    await withSetting('DNSSEC=yes', () => {
      expect(digFull(lab, 'alice', BANK, 'A')).toContain('status: SERVFAIL');
      expect(curl(lab, 'alice', [`https://${BANK}/whoami`]).stderr).toContain('Could not resolve host');
    });
  });

  test('Cache=no asks the gateway anew each time', async () => {
    await withSetting('Cache=no', () => {
      const { stdout } = curl(lab, 'alice', [`https://${BANK}/whoami`]);
      expect(whoamiShape.parse(JSON.parse(stdout)).address).toSatisfy((address: string) =>
        isSourceOfAlice(BANK, address),
      );
      takeSentTraffic(lab);
      for (const _ of [1, 2, 3]) lease(lab, 'alice', BANK);
      expect(takeSentTraffic(lab).dnsUdp).toBe(3);
    });
  });
});
