import { expect, test } from 'vitest';
import {
  checkTcp,
  emitTcp,
  TCP_ACK,
  TCP_RST,
  tcpAcknowledgment,
  tcpFlags,
  tcpHeaderBytes,
  tcpSequence,
} from '../../src/wire/tcp.ts';
import { buildTcp, patch, payloadOf } from '../support/build-packet.ts';

const ENDS = { from: '10.64.0.2:40000', to: '203.0.113.9:443' };
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

test('the accessors read a TCP header', () => {
  const tcpOptions = [2, 4, 5, 0xb4];
  const packet = buildTcp({
    ...ENDS,
    flags: 'SE',
    sequence: 0xfedc_ba98,
    acknowledgment: 0x8765_4321,
    tcpOptions,
  });
  const view = viewOf(packet);
  expect([tcpHeaderBytes(view, 20), tcpFlags(view, 20)]).toEqual([24, 0x42]);
  expect([tcpSequence(view, 20), tcpAcknowledgment(view, 20)]).toEqual([0xfedc_ba98, 0x8765_4321]);
});

test('emitTcp writes twenty bytes and leaves the checksum zero', () => {
  const bytes = new Uint8Array(22).fill(0xee);
  const header = { source: 0x0102, destination: 0x0304, sequence: 0x0506_0708, acknowledgment: 0xf90a_0b0c };
  emitTcp(viewOf(bytes), 1, { ...header, flags: TCP_RST | TCP_ACK });
  expect([...bytes]).toEqual([
    ...[0xee, 1, 2, 3, 4, 5, 6, 7, 8, 0xf9, 10, 11, 12],
    ...[0x50, 0x14, 0, 0, 0, 0, 0, 0, 0xee],
  ]);
});

test.each([
  { name: 'a header alone', bytes: 20, offset: 5, verdict: undefined },
  { name: 'the longest header', bytes: 60, offset: 15, verdict: undefined },
  { name: 'nineteen bytes', bytes: 19, offset: 5, verdict: 'transport-truncated' },
  { name: 'a header of four words', bytes: 40, offset: 4, verdict: 'transport-bad-length' },
  { name: 'a header one word too long', bytes: 20, offset: 6, verdict: 'transport-bad-length' },
])('FL-06 checkTcp judges $name: $verdict', ({ bytes, offset, verdict }) => {
  const segment = patch(buildTcp({ ...ENDS, payload: payloadOf(80) }).slice(20), 12, offset << 4);
  expect(checkTcp(viewOf(segment.slice(0, bytes)), 0, bytes)).toBe(verdict);
});
