/** What an uplink is taken for, by what `ip` says of it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readUplink } from '../../../src/gateway/host/read-uplink.ts';
import { runIpJson } from '../../../src/gateway/host/run-command.ts';
import { describeUplink } from '../../../src/gateway/worker/worker-settings.ts';
import { makeConfig } from './host-fixture.ts';

vi.mock('../../../src/gateway/host/run-command.ts', () => ({ runIpJson: vi.fn() }));
afterEach(() => vi.resetAllMocks());

const POINT_TO_POINT = ['POINTOPOINT', 'NOARP', 'UP', 'LOWER_UP'];
const MANY_ENDS = ['NOARP', 'UP', 'LOWER_UP'];

async function readLink(linkType: string, flags: readonly string[], address?: string) {
  const link = { ifindex: 7, ifname: 'wan0', mtu: 1476, flags, link_type: linkType, address };
  vi.mocked(runIpJson).mockImplementation(async (...words: readonly string[]) =>
    words.includes('link') ? [link] : [],
  );
  return readUplink('wan0');
}

describe('readUplink', () => {
  test.each([
    ['a WireGuard interface, or a TUN', 'none', POINT_TO_POINT],
    ['an IPsec interface', 'none', MANY_ENDS],
    ['a modem', 'rawip', POINT_TO_POINT],
    ['a modem, of an older ip', '[519]', POINT_TO_POINT],
    ['GRE', 'gre', POINT_TO_POINT],
    ['GRE over IPv6', 'gre6', POINT_TO_POINT],
    ['IPv4 in IPv4', 'ipip', POINT_TO_POINT],
    ['IPv6 in IPv4', 'sit', POINT_TO_POINT],
    ['anything in IPv6', 'tunnel6', POINT_TO_POINT],
  ])('takes %s for a link of bare packets', async (_what, linkType, flags) => {
    const facts = await readLink(linkType, flags, '198.51.100.1');
    expect(facts).toMatchObject({ carries: 'packets', mac: undefined, isUp: true, mtu: 1476 });
    const settings = describeUplink(makeConfig(), uplinkOf(), facts);
    expect(settings).toMatchObject({ mac: undefined, mtu: 1476, mostMss: { 4: 1436, 6: 1416 } });
  });

  test('takes PPP for a link of plain packets', async () => {
    const facts = await readLink('ppp', POINT_TO_POINT);
    expect(facts).toMatchObject({ carries: 'plain-packets', mac: undefined });
  });

  test('takes Ethernet for frames', async () => {
    const facts = await readLink('ether', ['BROADCAST', 'UP'], '02:00:00:00:00:01');
    expect(facts).toMatchObject({ carries: 'frames', mac: Uint8Array.of(2, 0, 0, 0, 0, 1) });
  });

  test.each([
    ['a tunnel with many other ends', 'gre', MANY_ENDS],
    ['the loopback interface', 'loopback', ['LOOPBACK', 'UP']],
    ['InfiniBand', 'infiniband', ['BROADCAST', 'UP']],
  ])('takes %s for neither, and it is refused as an uplink', async (_what, linkType, flags) => {
    const facts = await readLink(linkType, flags, '00:00:00:00:00:00');
    expect(facts).toMatchObject({ carries: undefined, mac: undefined });
    expect(() => describeUplink(makeConfig(), uplinkOf(), facts)).toThrow(
      `Cannot use wan0 as an uplink: it is neither Ethernet nor a point-to-point interface of IP packets (${linkType})`,
    );
  });
});

function uplinkOf() {
  const [uplink] = makeConfig().uplinks;
  if (uplink === undefined) throw new Error('Cannot go on: the fixture has no uplink');
  return uplink;
}
