import { beforeEach, describe, expect, test } from 'vitest';
import type { NeighbourMessage } from '../../src/egress/neighbour-message.ts';
import {
  LINK_FORGOTTEN,
  LINK_PENDING,
  LINK_UNREACHABLE,
  NeighbourTable,
  NO_NEIGHBOUR,
} from '../../src/egress/neighbours.ts';
import { type Address, formatAddress, parseAddress } from '../../src/wire/address.ts';
import { formatMac } from '../../src/wire/mac-address.ts';

const ROUTER = ip('192.0.2.1');
const HOST = ip('192.0.2.77');
const STRANGER = ip('192.0.2.99');
const OLD_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const NEW_MAC = Uint8Array.of(2, 0, 0, 0, 0, 2);

let table: NeighbourTable;
beforeEach(() => {
  table = new NeighbourTable({ kept: [] });
});

describe('NeighbourTable.resolve', () => {
  test('NeighbourTable asks everybody three times, one second apart, then says unreachable (RFC 4861 section 7.2.2)', () => {
    const handle = table.resolve(HOST, 0);
    const asked: number[] = [];
    for (let now = 0; now <= 5_900; now += 100) {
      for (const { target, mac } of table.tick(now)) {
        expect([formatAddress(target), mac]).toEqual(['192.0.2.77', undefined]);
        asked.push(now);
      }
      if (now < 3_000) expect(table.link(handle, now)).toBe(LINK_PENDING);
      if (now > 3_000) expect(table.link(handle, now)).toBe(LINK_UNREACHABLE);
    }
    expect(asked).toEqual([0, 1_000, 2_000]);
  });

  test('NeighbourTable forgets who did not answer after three seconds, and asks anew when asked', () => {
    const handle = table.resolve(HOST, 0);
    run(0, 6_000);
    expect(table.link(handle, 6_000)).toBe(LINK_FORGOTTEN);
    const again = table.resolve(HOST, 6_000);
    expect(again).not.toBe(handle);
    expect(table.tick(6_000)).toHaveLength(1);
  });

  test('NeighbourTable gives one handle for one address, and different ones for different addresses', () => {
    const handle = table.resolve(HOST, 0);
    expect(table.resolve(HOST, 10)).toBe(handle);
    expect(table.resolve(ROUTER, 10)).not.toBe(handle);
  });

  test('NeighbourTable has a bound: an unreachable neighbour makes room, one that is being asked for does not', () => {
    table = new NeighbourTable({ kept: [ROUTER], capacity: 3 });
    table.tick(0);
    const handles = [table.resolve(HOST, 0), table.resolve(STRANGER, 0)];
    expect(table.resolve(ip('192.0.2.50'), 0)).toBe(NO_NEIGHBOUR);
    run(0, 3_500);
    const late = table.resolve(ip('192.0.2.50'), 3_500);
    expect(late).not.toBe(NO_NEIGHBOUR);
    expect(handles.map((handle) => table.link(handle, 3_500))).toEqual([LINK_FORGOTTEN, LINK_UNREACHABLE]);
    expect(table.list().filter(({ kept }) => kept)).toHaveLength(1);
  });
});

describe('NeighbourTable.observe', () => {
  test('NeighbourTable takes an answer and sends to it at once', () => {
    const handle = table.resolve(HOST, 0);
    table.tick(0);
    expect(table.observe(answer(HOST, OLD_MAC), 5)).toBe(true);
    expect(table.list()[0]).toMatchObject({ slot: table.link(handle, 5), state: 'reachable', mac: OLD_MAC });
  });

  test('NeighbourTable learns nothing about addresses nobody asked for (row FL-24)', () => {
    expect(table.observe(answer(STRANGER, NEW_MAC), 0)).toBe(false);
    expect(table.observe(announcement(STRANGER, NEW_MAC), 0)).toBe(false);
    expect(table.list()).toEqual([]);
  });

  test.each([
    ['the broadcast address', Uint8Array.of(255, 255, 255, 255, 255, 255)],
    ['a group', Uint8Array.of(0x33, 0x33, 0, 0, 0, 1)],
    ['zeros', new Uint8Array(6)],
  ])('NeighbourTable refuses %s as a MAC', (_, mac) => {
    table.resolve(HOST, 0);
    expect(table.observe(answer(HOST, mac), 1)).toBe(false);
    expect(table.list()[0]?.mac).toBeUndefined();
  });

  test('NeighbourTable uses a changed MAC at once, tells the listener, and probes it (rows R9, FL-24)', () => {
    const heard: string[] = [];
    table = new NeighbourTable({
      kept: [],
      onLink: (slot, mac) => heard.push(`${slot} ${formatMac(mac)}`),
    });
    const handle = table.resolve(HOST, 0);
    table.tick(0);
    table.observe(answer(HOST, OLD_MAC), 1);
    expect(table.observe(announcement(HOST, NEW_MAC), 5_000)).toBe(true);
    expect(heard).toEqual(['0 02:00:00:00:00:01', '0 02:00:00:00:00:02']);
    expect(table.link(handle, 5_000)).toBe(0);
    expect(table.tick(5_000)).toEqual([{ target: HOST, mac: NEW_MAC }]);
  });

  test('NeighbourTable learns from a question of a neighbour it knows (RFC 826, RFC 4861 section 7.2.3)', () => {
    const handle = table.resolve(HOST, 0);
    table.tick(0);
    table.observe({ ...announcement(ROUTER, NEW_MAC), kind: 'solicitation', sender: HOST }, 1);
    expect(table.link(handle, 1)).toBe(0);
  });

  test('NeighbourTable keeps the MAC when an advertisement may not override it, but probes it (RFC 4861 section 7.2.5)', () => {
    table.resolve(HOST, 0);
    table.tick(0);
    table.observe(answer(HOST, OLD_MAC), 1);
    expect(table.observe({ ...answer(HOST, NEW_MAC), override: false }, 2_000)).toBe(false);
    expect(table.tick(2_000)).toEqual([{ target: HOST, mac: OLD_MAC }]);
  });

  test('NeighbourTable asks at most once a second however often a MAC is claimed', () => {
    table.resolve(HOST, 0);
    let questions = 0;
    for (let now = 0; now < 10_000; now += 10) {
      table.observe(announcement(HOST, now % 20 === 0 ? OLD_MAC : NEW_MAC), now);
      questions += table.tick(now).length;
    }
    expect(questions).toBeLessThanOrEqual(10);
  });
});

describe('NeighbourTable over time', () => {
  test('NeighbourTable probes a used neighbour by unicast after its reachable time, the MAC in use meanwhile', () => {
    const handle = reachable(HOST, 0);
    for (let now = 1_000; now < 30_000; now += 1_000) table.link(handle, now);
    expect(run(1, 29_900)).toEqual([]);
    expect(table.tick(30_000)).toEqual([{ target: HOST, mac: OLD_MAC }]);
    expect(table.link(handle, 30_500)).toBe(0);
    table.observe(answer(HOST, OLD_MAC), 30_500);
    expect(run(30_600, 60_000)).toEqual([]);
  });

  test('NeighbourTable asks everybody when the known MAC is silent, then says unreachable', () => {
    const handle = reachable(HOST, 0);
    table.link(handle, 1);
    expect(run(30_000, 32_500).map(({ mac }) => mac)).toEqual([OLD_MAC, undefined, undefined]);
    run(32_600, 33_100);
    expect(table.link(handle, 33_100)).toBe(LINK_UNREACHABLE);
  });

  test('NeighbourTable leaves an unused neighbour alone and forgets it after a minute', () => {
    const handle = reachable(HOST, 0);
    expect(run(1, 61_000)).toEqual([]);
    expect(table.link(handle, 61_000)).toBe(LINK_FORGOTTEN);
  });

  test('NeighbourTable probes a stale neighbour when it is used again', () => {
    const handle = reachable(HOST, 0);
    run(1, 40_000);
    expect(table.link(handle, 40_000)).toBe(0);
    expect(table.tick(40_000)).toEqual([{ target: HOST, mac: OLD_MAC }]);
  });

  test('NeighbourTable never takes the handle of a forgotten neighbour for the one that has its slot now', () => {
    const old = reachable(HOST, 0);
    run(1, 61_000);
    const young = reachable(STRANGER, 61_000);
    expect(young).not.toBe(old);
    expect(table.link(old, 61_001)).toBe(LINK_FORGOTTEN);
    expect(table.link(young, 61_001)).toBe(0);
  });
});

describe('NeighbourTable and its default next hops', () => {
  beforeEach(() => {
    table = new NeighbourTable({ kept: [ROUTER] });
  });

  test('NeighbourTable resolves a default next hop before anything is sent', () => {
    expect(table.tick(0)).toEqual([{ target: ROUTER, mac: undefined }]);
  });

  test('NeighbourTable finds a default next hop that changed its MAC in silence within 5 s (rows R9, FL-24)', () => {
    const handle = reachable(ROUTER, 0);
    let recoveredAt = Number.POSITIVE_INFINITY;
    for (let now = 100; now <= 5_000; now += 100) {
      // From now on only the new MAC answers: questions to everybody, or to it.
      for (const { mac } of table.tick(now))
        if (mac === undefined || formatMac(mac) === formatMac(NEW_MAC)) {
          table.observe(answer(ROUTER, NEW_MAC), now);
          recoveredAt = Math.min(recoveredAt, now);
        }
    }
    expect(recoveredAt).toBeLessThanOrEqual(5_000);
    expect(table.list()[table.link(handle, 5_000)]?.mac).toEqual(NEW_MAC);
  });

  test('NeighbourTable keeps asking for a silent default next hop, once a second, and takes the late answer', () => {
    table.tick(0);
    const questions = run(100, 60_000);
    expect(questions.length).toBe(60);
    const handle = table.resolve(ROUTER, 60_000);
    expect(table.link(handle, 60_000)).toBe(LINK_UNREACHABLE);
    table.observe(answer(ROUTER, OLD_MAC), 60_010);
    expect(table.link(handle, 60_010)).toBe(0);
  });

  test('NeighbourTable keeps the MAC of a default next hop whose answers get lost while packets come in (row FL-24)', () => {
    const handle = reachable(ROUTER, 0);
    let questions = 0;
    for (let now = 100; now <= 60_000; now += 100) {
      table.heard(4, now);
      questions += table.tick(now).length;
      expect(table.link(handle, now)).toBe(0);
    }
    expect(questions).toBeLessThanOrEqual(60);
    run(60_100, 64_000);
    expect(table.link(handle, 64_000)).toBe(LINK_UNREACHABLE);
  });

  test('NeighbourTable does not keep the MAC of another neighbour because packets come in', () => {
    const handle = reachable(HOST, 0);
    for (let now = 100; now <= 35_000; now += 100) {
      table.heard(4, now);
      table.link(handle, now);
      table.tick(now);
    }
    expect(table.link(handle, 35_000)).toBe(LINK_UNREACHABLE);
  });

  describe('NeighbourTable, when packets to a default next hop are not answered,', () => {
    /** The next hop answered at 0, and something came in by it at 100. */
    function begin(): number {
      table = new NeighbourTable({ kept: [ROUTER] });
      table.tick(0);
      table.observe(answer(ROUTER, OLD_MAC), 0);
      table.heard(4, 100);
      return table.resolve(ROUTER, 100);
    }

    /** What is asked while a packet is sent every 100 ms: when, and whom. */
    function sendFor(handle: number, from: number, until: number): (readonly [number, string])[] {
      const asked: (readonly [number, string])[] = [];
      for (let now = from; now <= until; now += 100) {
        table.link(handle, now);
        for (const { mac } of table.tick(now))
          asked.push([now, mac === undefined ? 'everybody' : formatMac(mac)]);
      }
      return asked;
    }

    test('asks it within a second, and everybody a moment later (rows R9, FL-24)', () => {
      const handle = begin();
      expect(sendFor(handle, 200, 1_400)).toEqual([
        [500, '02:00:00:00:00:01'],
        [700, 'everybody'],
      ]);
      table.observe(answer(ROUTER, NEW_MAC), 1_400);
      expect(formatMac(table.list()[0]?.mac ?? OLD_MAC)).toBe('02:00:00:00:00:02');
    });

    test('asks everybody a moment later also when it has just been asked in its turn (rows R9, FL-24)', () => {
      const handle = begin();
      table.heard(4, 1_800);
      expect(sendFor(handle, 1_900, 3_100)).toEqual([
        [2_000, '02:00:00:00:00:01'],
        [2_200, 'everybody'],
      ]);
    });

    test('does so also while answers of the other family come, whose next hop lives (rows R9, FL-24)', () => {
      const handle = begin();
      const asked: number[] = [];
      for (let now = 200; now <= 1_400; now += 100) {
        table.heard(6, now);
        table.link(handle, now);
        if (table.tick(now).length > 0) asked.push(now);
      }
      expect(asked).toEqual([500, 700]);
    });

    test('does so once in each silence, and then in its turn', () => {
      const handle = begin();
      sendFor(handle, 200, 600);
      table.observe(answer(ROUTER, OLD_MAC), 600);
      expect(sendFor(handle, 700, 2_500)).toEqual([]);
      expect(sendFor(handle, 2_600, 2_600)).toEqual([[2_600, '02:00:00:00:00:01']]);
    });

    test('asks nobody while answers come, nor when nothing is sent', () => {
      const handle = begin();
      for (let now = 200; now <= 1_700; now += 300) {
        table.heard(4, now);
        expect(sendFor(handle, now, now + 200)).toEqual([]);
      }
      table.heard(4, 1_900);
      expect(table.tick(1_950)).toEqual([]);
    });

    test('does not take the first packet after a pause for one without an answer', () => {
      const handle = begin();
      for (let now = 200; now <= 1_800; now += 100) expect(table.tick(now)).toEqual([]);
      expect(sendFor(handle, 1_900, 1_900)).toEqual([]);
    });
  });

  test('NeighbourTable.clear doubts everything and starts again', () => {
    const handle = reachable(ROUTER, 0);
    table.clear();
    expect(table.link(handle, 1)).toBe(LINK_FORGOTTEN);
    expect(table.tick(1)).toEqual([{ target: ROUTER, mac: undefined }]);
  });
});

function reachable(address: Address, now: number): number {
  const handle = table.resolve(address, now);
  table.tick(now);
  table.observe(answer(address, OLD_MAC), now);
  return handle;
}

/** Ticks every 100 ms and collects the questions. */
function run(from: number, to: number) {
  const questions: ReturnType<NeighbourTable['tick']> = [];
  for (let now = from; now <= to; now += 100) questions.push(...table.tick(now));
  return questions;
}

function answer(target: Address, mac: Uint8Array): NeighbourMessage {
  return { kind: 'advertisement', sender: target, mac, target, confirmed: true, override: true };
}

function announcement(target: Address, mac: Uint8Array): NeighbourMessage {
  return { ...answer(target, mac), confirmed: false };
}

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}
