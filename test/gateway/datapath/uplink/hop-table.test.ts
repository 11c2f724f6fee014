import { describe, expect, test } from 'vitest';
import { HopTable } from '../../../../src/gateway/datapath/uplink/hop-table.ts';
import { formatAddress } from '../../../../src/wire/address.ts';
import { addressBytes } from '../../../support/address-text.ts';

const neighbour = (number: number) => Uint8Array.of(10, number >> 16, number >> 8, number);

describe('HopTable', () => {
  test('keeps the numbers of the default next hops, whatever they are', () => {
    const table = new HopTable();
    const [first, second, other] = ['203.0.113.254', '203.0.113.253', '2001:db8::1'].map(addressBytes);
    if (first === undefined || second === undefined || other === undefined) throw new Error('Cannot go on');
    table.setDefault(4, first);
    table.setDefault(6, other);
    const number = table.numberOf(first, 4);
    expect(table.numberOf(other, 6)).not.toBe(number);
    table.setDefault(4, second);
    expect(table.numberOf(second, 4)).toBe(number);
    table.setDefault(4, undefined);
    expect(table.get(number)?.address).toBeUndefined();
  });

  test('gives a neighbour one number, as long as a flow keeps it', () => {
    const table = new HopTable();
    const number = table.numberOf(neighbour(1), 4);
    expect(table.numberOf(neighbour(1), 4)).toBe(number);
    const other = table.numberOf(neighbour(2), 4);
    expect(other).not.toBe(number);
    table.forget((used) => used === other);
    expect(table.get(number)?.address).toBeUndefined();
    expect(table.numberOf(neighbour(2), 4)).toBe(other);
    expect(table.numberOf(neighbour(3), 4)).toBe(number);
  });

  test('runs out at 65,536 and works again when numbers are taken back', () => {
    const table = new HopTable();
    for (let count = 0; count < 65_534; count++) expect(table.numberOf(neighbour(count), 4)).toBe(count + 2);
    expect(table.isCrowded).toBe(true);
    expect(table.numberOf(neighbour(70_000), 4)).toBe(-1);
    expect(table.numberOf(neighbour(5), 4)).toBe(7);
    table.forget((number) => number === 7);
    expect(table.isCrowded).toBe(false);
    const fresh = table.numberOf(neighbour(70_000), 4);
    expect(fresh).toBeGreaterThan(7);
    expect(formatAddress(table.get(7)?.address ?? new Uint8Array(4))).toBe('10.0.0.5');
  });

  test('asks for every handle anew when the neighbours are in doubt', () => {
    const table = new HopTable();
    const hop = table.get(table.numberOf(neighbour(1), 4));
    if (hop === undefined) throw new Error('Cannot go on: no hop');
    hop.handle = 77;
    table.doubtAll();
    expect(hop.handle).toBe(-1);
  });
});
