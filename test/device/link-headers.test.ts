import { expect, it } from 'vitest';

import { LinkHeaders } from '../../src/device/link-headers.ts';

const mac = (last: number) => Uint8Array.of(2, 0, 0, 0, 0, last);

function headerAt(headers: LinkHeaders, index: number): string {
  return Buffer.from(headers.bytes.subarray(14 * index, 14 * index + 14)).toString('hex');
}

it('LinkHeaders keeps destination, source and EtherType in wire order', () => {
  const headers = new LinkHeaders();
  expect(headers.add(mac(1), mac(2), 0x86dd)).toBe(0);
  expect(headerAt(headers, 0)).toBe('020000000001' + '020000000002' + '86dd');
});

it('LinkHeaders keeps every index while it grows', () => {
  const headers = new LinkHeaders();
  for (let i = 0; i < 50; i++) expect(headers.add(mac(i), mac(99), 0x0800)).toBe(i);
  for (let i = 0; i < 50; i++)
    expect(headerAt(headers, i)).toBe(`0200000000${i.toString(16).padStart(2, '0')}0200000000630800`);
});

it('LinkHeaders updates the addresses of one header and its EtherType not', () => {
  const headers = new LinkHeaders();
  headers.add(mac(1), mac(2), 0x0800);
  headers.add(mac(3), mac(4), 0x86dd);
  headers.update(0, mac(5), mac(6));
  expect(headerAt(headers, 0)).toBe('0200000000050200000000060800');
  expect(headerAt(headers, 1)).toBe('02000000000302000000000486dd');
});

it('LinkHeaders refuses an index it has not given and an address that is no MAC, and stays as it was', () => {
  const headers = new LinkHeaders();
  headers.add(mac(1), mac(2), 0x0800);
  expect(() => headers.update(1, mac(1), mac(2))).toThrow('Cannot update link header 1: there are 1');
  expect(() => headers.add(Uint8Array.of(1, 2), mac(2), 0x0800)).toThrow("Cannot use '0102' as MAC address");
  expect(headers.add(mac(7), mac(8), 0x0800)).toBe(1);
});
