import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emitAdvertisement,
  emitSolicitation,
  readNeighbourMessage,
} from '../../src/egress/neighbour-message.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV6 } from '../../src/wire/protocol.ts';

const MAC = fc.uint8Array({ minLength: 6, maxLength: 6 });
const IPV4 = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .filter((address) => address.some((byte) => byte !== 0));
const IPV6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter((address) => address[0] !== 0xff && address[0] !== 0);
const PAIR = fc
  .oneof(fc.tuple(IPV4, IPV4), fc.tuple(IPV6, IPV6))
  .filter(([one, other]) => one.join() !== other.join());

describe('readNeighbourMessage', () => {
  test('readNeighbourMessage reads every question emitSolicitation writes', () => {
    fc.assert(
      fc.property(PAIR, MAC, fc.option(MAC, { nil: undefined }), ([sender, target], mac, to) => {
        const view = new DataView(new ArrayBuffer(128));
        const { length, etherType } = emitSolicitation(
          view,
          5,
          { address: sender, mac },
          { target, mac: to },
        );
        expect(readNeighbourMessage(view, 5, 5 + length, etherType)).toEqual({
          kind: 'solicitation',
          sender,
          mac,
          target,
          confirmed: false,
          override: true,
        });
      }),
    );
  });

  test('readNeighbourMessage reads every answer emitAdvertisement writes', () => {
    fc.assert(
      fc.property(PAIR, MAC, MAC, fc.boolean(), ([asker, target], mac, askerMac, isAsked) => {
        const view = new DataView(new ArrayBuffer(128));
        const to = isAsked ? { address: asker, mac: askerMac } : undefined;
        const { length, etherType, destination } = emitAdvertisement(view, 5, { target, mac, to });
        expect(readNeighbourMessage(view, 5, 5 + length, etherType)).toEqual({
          kind: 'advertisement',
          sender: target,
          mac,
          target,
          confirmed: isAsked,
          override: true,
        });
        if (isAsked) expect(destination).toEqual(askerMac);
      }),
    );
  });

  test.each([
    ['ARP', ETHER_TYPE_ARP],
    ['IPv6', ETHER_TYPE_IPV6],
  ])('readNeighbourMessage never throws on any %s bytes (row FL-06)', (_, etherType) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const message = readNeighbourMessage(view, 0, bytes.length, etherType);
        expect(['string', 'object']).toContain(typeof message);
      }),
    );
  });
});
