import { describe, expect, test } from 'vitest';
import { LinkHeaders } from '../../../../src/device/link-headers.ts';
import { LIST_CAPACITY, PacketBatch } from '../../../../src/device/packet-batch.ts';
import { LINK_PENDING, LINK_UNREACHABLE } from '../../../../src/egress/neighbours.ts';
import { UplinkPort } from '../../../../src/gateway/datapath/uplink/uplink-port.ts';
import { addressBytes, addressWords } from '../../../support/address-text.ts';
import { answerNeighbour, askNeighbour, type NeighbourFrame } from '../../../support/neighbour-frames.ts';
import { prefixOf } from '../../../support/policy-fixture.ts';

const NOTHING_EXPIRES = () => {
  throw new Error('Cannot go on: a packet expired');
};

function makeUplink(egress: readonly string[], answers = true): UplinkPort {
  return new UplinkPort(
    {
      name: 'wan',
      interface: 'wan0',
      carries: 'frames',
      mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      mtu: 1500,
      mostMss: { 4: 1460, 6: 1440 },
      ifindex: 2,
      isUp: true,
      egress: egress.map(prefixOf),
      ownAddresses: [],
      connected: [prefixOf('203.0.113.0/24')],
      nextHop4: addressBytes('203.0.113.254'),
      nextHop6: undefined,
      speaker4: addressBytes('203.0.113.9'),
      speaker6: undefined,
    },
    new LinkHeaders(),
    0,
    answers,
  );
}

describe('UplinkPort', () => {
  test('announces every address, as many at a time as there is room for (R9)', () => {
    const addresses = Array.from({ length: 300 }, (_, host) => `198.18.${host >> 8}.${host & 255}`);
    const uplink = makeUplink(addresses);
    const counts: number[] = [];
    uplink.announce();
    for (let turn = 0; turn < 4; turn++) {
      counts.push(uplink.ownOutgoing.count);
      uplink.ownOutgoing.clear();
      uplink.tick(0, NOTHING_EXPIRES);
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(301); // and one question for the next hop
    expect(Math.max(...counts)).toBe(LIST_CAPACITY);
  });

  test('announces every address once, however often the link has changed before it could (R9)', () => {
    const addresses = Array.from({ length: 300 }, (_, host) => `198.18.${host >> 8}.${host & 255}`);
    const uplink = makeUplink(addresses);
    for (let change = 0; change < 3; change++) uplink.update(uplink.settings, 0);
    let count = 0;
    for (let turn = 0; turn < 8; turn++) {
      count += uplink.ownOutgoing.count;
      uplink.ownOutgoing.clear();
      uplink.tick(0, NOTHING_EXPIRES);
    }
    expect(count).toBeLessThanOrEqual(LIST_CAPACITY + 301);
  });

  test('numbers next hops: one for all that is far away, one for each neighbour, none where there is no route', () => {
    const uplink = makeUplink(['203.0.113.9']);
    const hop = (address: string) => uplink.hopFor(addressWords(address), 0, address.includes(':') ? 6 : 4);
    expect(hop('192.0.2.1')).toBe(hop('198.51.100.7'));
    // The router itself is a neighbour like others: the default next hop may become another one.
    expect(hop('203.0.113.254')).not.toBe(-1);
    expect(hop('203.0.113.7')).not.toBe(hop('192.0.2.1'));
    expect(hop('203.0.113.7')).toBe(hop('203.0.113.7'));
    expect(hop('203.0.113.8')).not.toBe(hop('203.0.113.7'));
    expect(hop('203.0.113.255')).toBe(-1);
    expect(hop('2001:db8::1')).toBe(-1);
  });

  test('update takes flows along to another default next hop, and forgets every MAC (FL-23, FL-24)', () => {
    const uplink = makeUplink(['203.0.113.9']);
    const far = uplink.hopFor(addressWords('192.0.2.1'), 0, 4);
    const near = uplink.hopFor(addressWords('203.0.113.7'), 0, 4);
    uplink.tick(0, NOTHING_EXPIRES);
    uplink.ownOutgoing.clear();
    uplink.update({ ...uplink.settings, nextHop4: addressBytes('203.0.113.253') }, 10);
    expect(uplink.linkTo(far, 4, 10)).toBe(LINK_PENDING);
    expect(uplink.linkTo(near, 4, 10)).toBe(LINK_PENDING);
    uplink.tick(10, NOTHING_EXPIRES);
    expect(uplink.describe().map(({ address }) => address)).toContain('203.0.113.253');
    expect(uplink.describe().map(({ address }) => address)).not.toContain('203.0.113.254');
  });

  test('sends nothing while it is down (R8)', () => {
    const uplink = makeUplink(['203.0.113.9']);
    const hop = uplink.hopFor(addressWords('192.0.2.1'), 0, 4);
    uplink.update({ ...uplink.settings, isUp: false }, 0);
    expect(uplink.linkTo(hop, 4, 0)).toBe(LINK_UNREACHABLE);
    uplink.update({ ...uplink.settings, isUp: true }, 0);
    expect(uplink.linkTo(hop, 4, 0)).toBe(LINK_PENDING);
  });

  test('of a further worker asks and hears its neighbours, and leaves answers, announcements and counting to the first', () => {
    const uplink = makeUplink(['203.0.113.9'], false);
    const neighbour = { address: '203.0.113.254', mac: '02:aa:00:00:00:fe' };
    const observe = ({ packet, etherType }: NeighbourFrame) => {
      const batch = new PacketBatch(1);
      batch.bytes.set(packet, batch.packetAt(0));
      batch.lengths[0] = packet.length;
      batch.etherTypes[0] = etherType;
      return uplink.observe(batch, 0, 10);
    };
    uplink.announce();
    expect(observe(askNeighbour('203.0.113.9', { ...neighbour, address: '203.0.113.7' }))).toBeUndefined();
    expect(uplink.ownOutgoing.count).toBe(0);
    // Somebody else claims the egress address, and somebody sends nonsense.
    observe(answerNeighbour('203.0.113.9', '02:bb:00:00:00:01', '02:00:00:00:00:01'));
    expect(observe({ packet: new Uint8Array(28), etherType: 0x0806 })).toBeUndefined();
    expect(uplink.conflicts).toBe(0);
    uplink.tick(0, NOTHING_EXPIRES);
    expect(uplink.ownOutgoing.count).toBe(1);
    observe(answerNeighbour(neighbour.address, neighbour.mac, '02:00:00:00:00:01'));
    expect(uplink.linkTo(uplink.hopFor(addressWords('192.0.2.1'), 0, 4), 4, 10)).toBeGreaterThanOrEqual(0);
  });

  describe('without frames, such as a tunnel', () => {
    const tunnel = () =>
      new UplinkPort(
        { ...makeUplink(['203.0.113.9']).settings, carries: 'packets', mac: undefined },
        new LinkHeaders(),
        0,
      );

    test('has one way for whatever is sent, at once, and none while it is down (R8, R9)', () => {
      const uplink = tunnel();
      for (const [address, family] of [
        ['192.0.2.1', 4],
        ['203.0.113.255', 4],
        ['2001:db8::1', 6],
      ] as const) {
        const hop = uplink.hopFor(addressWords(address), 0, family);
        expect(hop).toBeGreaterThanOrEqual(0);
        expect(uplink.linkTo(hop, family, 0)).toBeGreaterThanOrEqual(0);
        uplink.update({ ...uplink.settings, isUp: false }, 0);
        expect(uplink.linkTo(hop, family, 0)).toBe(LINK_UNREACHABLE);
        uplink.update({ ...uplink.settings, isUp: true }, 0);
        expect(uplink.linkTo(hop, family, 0)).toBeGreaterThanOrEqual(0);
      }
    });

    test('asks nobody, answers nobody, and announces nothing (R9)', () => {
      const uplink = tunnel();
      const { packet, etherType } = askNeighbour('203.0.113.9', {
        address: '203.0.113.7',
        mac: '02:aa:00:00:00:fe',
      });
      const batch = new PacketBatch(1);
      batch.bytes.set(packet, batch.packetAt(0));
      batch.lengths[0] = packet.length;
      batch.etherTypes[0] = etherType;
      uplink.announce();
      expect(uplink.observe(batch, 0, 10)).toBeUndefined();
      uplink.heard(4, 10);
      for (let nowMs = 0; nowMs < 60_000; nowMs += 250) uplink.tick(nowMs, NOTHING_EXPIRES);
      expect([uplink.ownOutgoing.count, uplink.replies, uplink.conflicts]).toEqual([0, 0, 0]);
      expect(uplink.describe()).toEqual([]);
    });

    test("sends the gateway's own packets, with nothing before them", () => {
      const uplink = tunnel();
      const write = (view: DataView, at: number) => {
        view.setUint8(at, 0x60);
        return 40;
      };
      expect(uplink.sendPacket(0, 6, 0, write)).toBe(true);
      expect(uplink.sendPiece(0, 6, 0, write)).toBe(true);
      expect([uplink.ownOutgoing.count, uplink.own.lengths[1], uplink.own.etherTypes[1]]).toEqual([
        2, 40, 0x86dd,
      ]);
    });
  });

  test('shows its neighbours', () => {
    expect(makeUplink(['203.0.113.9']).describe()).toEqual([
      { address: '203.0.113.254', state: 'incomplete' },
    ]);
  });
});
