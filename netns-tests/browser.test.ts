/** Chromium resolves by itself (A, AAAA and HTTPS) and reaches sites as the policy says, with and without QUIC (issue 4). */
import { beforeAll, describe, expect, test } from 'vitest';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { startGateway, stopGateway } from './lab/gateway-process.ts';
import { writeOver } from './lab/host-files.ts';
import { EGRESS } from './lab/topology.ts';
import { openFetchingPage, openPage, prepareChromium, type Visit } from './support/chromium.ts';
import { whoamiShape } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { isSourceOfAlice } from './support/expected-sources.ts';
import { startQuicBank } from './support/quic-bank.ts';
import { countSentTraffic, takeSentTraffic } from './support/sent-traffic.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
/** The bank has an HTTPS record that speaks of HTTP/2; its twin, at the same address, one that prefers HTTP/3. */
const BANK = 'bank.example.com';
const TWIN = 'twin.example.com';
const OVER_IPV4 = 'v4only.example.com';
const OVER_IPV6 = 'v6only.example.com';
/** Without it, an HTTPS record that comes 50 ms after the addresses is too late to count. */
const PATIENT = '--enable-features=UseDnsHttpsSvcb:UseDnsHttpsSvcbInsecureExtraTimeMin/5s';
const RECORD_TYPES = { A: 1, AAAA: 28, HTTPS: 65 };

beforeAll(async () => {
  prepareChromium(lab);
  countSentTraffic(lab);
  await startQuicBank(lab);
});

function open(host: string, ...flags: string[]) {
  takeSentTraffic(lab);
  const visit = openPage(lab, `https://${host}/whoami`, flags);
  const json = /\{.*\}/.exec(visit.document)?.[0];
  if (json === undefined) throw new Error(`Cannot read what ${host} answered: '${visit.document}'`);
  return { visit, seen: whoamiShape.parse(JSON.parse(json)), sent: takeSentTraffic(lab) };
}

/** Types of the queries about a host that Chromium sent itself. */
function ownQueries({ events }: Visit, host: string): unknown[] {
  return events('DNS_TRANSACTION').flatMap(({ hostname, query_type }) =>
    hostname === host ? [query_type] : [],
  );
}

describe('Chromium', () => {
  test('reaches the bank with QUIC off, after A, AAAA and HTTPS queries of its own', () => {
    const { visit, seen, sent } = open(BANK, '--disable-quic');
    expect(seen).toMatchObject({ host: BANK, httpVersion: '2.0' });
    expect(seen.address).toSatisfy((address: string) => isSourceOfAlice(BANK, address));
    expect(new Set(ownQueries(visit, BANK))).toEqual(new Set(Object.values(RECORD_TYPES)));
    expect(sent.quic).toBe(0);
  });

  test('reaches the bank when it resolves through the C library', () => {
    const { visit, seen } = open(BANK, '--disable-quic', '--disable-features=AsyncDns');
    expect(seen.address).toSatisfy((address: string) => isSourceOfAlice(BANK, address));
    expect(ownQueries(visit, BANK)).toEqual([]);
  });

  test.each([BANK, TWIN])('reaches %s over QUIC alone', (host) => {
    const { seen, sent } = open(host, `--origin-to-force-quic-on=${host}:443`);
    expect(seen).toMatchObject({ host, httpVersion: 'HTTP/3.0' });
    expect(seen.address).toSatisfy((address: string) => isSourceOfAlice(host, address));
    expect(sent.quic).toBeGreaterThan(0);
  });

  // It wants a public authority for QUIC, which the lab's is not: so it tries, and then stays with HTTP/2.
  test('tries QUIC because the HTTPS record says so, and reaches the site', () => {
    const { visit, seen, sent } = open(TWIN, '--enable-quic', PATIENT);
    expect(seen.address).toSatisfy((address: string) => isSourceOfAlice(TWIN, address));
    const jobs = visit
      .events('HTTP_STREAM_JOB')
      .filter(({ destination }) => destination === `https://${TWIN}`);
    expect(jobs.map(({ type }) => type)).toContain('dns_alpn_h3');
    expect(sent.quic).toBeGreaterThan(0);
  });

  // Two names at one address under one certificate: without synthetic addresses, one connection would serve both.
  test('does not ask the twin over its connection to the bank (RFC 9113 section 9.1.1)', () => {
    const { page, fetched: told } = openFetchingPage(lab, BANK, TWIN, ['--disable-quic']);
    const fetched = whoamiShape.parse(told);
    expect([page.httpVersion, fetched.httpVersion]).toEqual(['2.0', '2.0']);
    expect(page.address).toSatisfy((address: string) => isSourceOfAlice(BANK, address));
    expect(fetched.address).toSatisfy((address: string) => isSourceOfAlice(TWIN, address));
    expect([fetched.address, fetched.port]).not.toEqual([page.address, page.port]);
  });
});

/**
 * Chrome 142 and later count 100.64.0.0/10 as the local network, and ask before a public page may fetch from there
 * (docs/configuration.md).
 */
describe('a page in Chromium', () => {
  // The policy LocalNetworkAccessIpAddressSpaceOverrides. Without it Chromium 156 refuses this with the default ranges.
  const AS_POLICY = '--ip-address-space-overrides=100.64.0.0/10=public';

  test('that came over IPv6 fetches from a site with IPv4 alone, when the range is declared public', () => {
    const { fetched } = openFetchingPage(lab, OVER_IPV6, OVER_IPV4, [AS_POLICY]);
    expect(fetched).toMatchObject({ host: OVER_IPV4, address: EGRESS.default4 });
  });

  describe('with the preset public-ranges', () => {
    beforeAll(async () => {
      await stopGateway(lab);
      editYaml(gatewayFilesOf(lab).config, (file) => {
        file.synthetic = { preset: 'public-ranges' };
      });
      await startGateway(lab);
      writeOver(lab, 'alice', 'resolv.conf', 'nameserver 198.18.0.1\nnameserver 2001:2::1\n');
    });

    test.each([
      ['IPv6', 'IPv4', OVER_IPV6, OVER_IPV4, EGRESS.default4],
      ['IPv4', 'IPv6', OVER_IPV4, OVER_IPV6, EGRESS.default6],
    ])('that came over %s fetches over %s', (_from, _to, host, other, source) => {
      const { fetched, events } = openFetchingPage(lab, host, other);
      expect(fetched).toMatchObject({ host: other, address: source });
      expect(events('LOCAL_NETWORK_ACCESS_CHECK')).not.toContainEqual(
        expect.objectContaining({ resource_address_space: 'local' }),
      );
    });
  });
});
