/** Which ends of a connection are believed (rows P3, X3 and X4; RFC 5961 section 3). */
import { describe, expect, test } from 'vitest';
import { TcpWindows } from '../../src/nat/tcp-windows.ts';
import { buildTcp, payloadOf, type TcpFields } from '../support/build-packet.ts';
import { decoded } from '../support/nat-fixture.ts';

const CLIENT = { from: '10.64.0.2:40000', to: '100.80.1.2:443' };
const SERVER = { from: '100.80.1.2:443', to: '10.64.0.2:40000' };
const SCALE_7 = [1, 3, 3, 7];
const WINDOW = 65_535; // as buildTcp writes it

type Segment = Partial<TcpFields> & { readonly side: 'client' | 'server' };

function play(windows: TcpWindows, ...segments: readonly Segment[]): void {
  for (const { side, ...fields } of segments)
    windows.follow(
      3,
      decoded(buildTcp({ ...(side === 'client' ? CLIENT : SERVER), ...fields })),
      side === 'client',
    );
}

function believes(windows: TcpWindows, { side, ...fields }: Segment): boolean {
  const segment = buildTcp({ ...(side === 'client' ? CLIENT : SERVER), ...fields });
  return windows.isInWindow(3, decoded(segment), side === 'client');
}

/** Client 1000, server 5000; a hundred bytes each way, all acknowledged. */
function openConnection(clientOptions: number[] = [], serverOptions: number[] = []): TcpWindows {
  const windows = new TcpWindows(8);
  play(
    windows,
    { side: 'client', flags: 'S', sequence: 999, tcpOptions: clientOptions },
    { side: 'server', flags: 'SA', sequence: 4999, acknowledgment: 1000, tcpOptions: serverOptions },
    { side: 'client', sequence: 1000, acknowledgment: 5000, payload: payloadOf(100) },
    { side: 'server', sequence: 5000, acknowledgment: 1100, payload: payloadOf(100) },
    { side: 'client', sequence: 1100, acknowledgment: 5100 },
  );
  return windows;
}

describe('TcpWindows.isInWindow', () => {
  test.each([
    ['exactly where it is expected', 5100, true],
    ['at the end of the window', 5100 + WINDOW, true],
    ['behind the window', 5101 + WINDOW, false],
    ['before what is acknowledged', 5099, false],
    ['half the number space away', (5100 + 0x8000_0000) >>> 0, false],
  ])('P3 X3 judges a reset from the server that is %s', (_where, sequence, isBelieved) => {
    expect(believes(openConnection(), { side: 'server', flags: 'R', sequence })).toBe(isBelieved);
  });

  test('X3 judges the client by what the server has acknowledged', () => {
    const windows = openConnection();
    expect(believes(windows, { side: 'client', flags: 'R', sequence: 1100 })).toBe(true);
    expect(believes(windows, { side: 'client', flags: 'R', sequence: 1099 })).toBe(false);
    expect(believes(windows, { side: 'client', flags: 'R', sequence: 5100 + WINDOW })).toBe(false);
  });

  test('believes a FIN whose data begins before what is acknowledged, as when it is sent again', () => {
    const fin = { side: 'server', flags: 'FA', sequence: 5050, payload: payloadOf(50) } as const;
    expect(believes(openConnection(), fin)).toBe(true);
    expect(believes(openConnection(), { ...fin, payload: payloadOf(49) })).toBe(false);
  });

  test('X4 scales windows when both sides have offered to', () => {
    const far = { side: 'server', flags: 'R', sequence: 5100 + WINDOW * 128 } as const;
    expect(believes(openConnection(SCALE_7, SCALE_7), far)).toBe(true);
    expect(believes(openConnection(SCALE_7), far)).toBe(false);
    expect(believes(openConnection([], SCALE_7), far)).toBe(false);
    expect(believes(openConnection(SCALE_7, SCALE_7), { ...far, sequence: far.sequence + 1 })).toBe(false);
  });

  test('X4 reads the scale of the first SYN only, so that a forged one changes nothing', () => {
    const windows = openConnection(SCALE_7, SCALE_7);
    play(windows, { side: 'server', flags: 'S', sequence: 1, tcpOptions: [1, 3, 3, 0] });
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 5100 + WINDOW * 128 })).toBe(true);
  });

  test('X4 is lenient with a connection whose beginning it has not seen', () => {
    const windows = new TcpWindows(8);
    play(windows, { side: 'client', sequence: 1100, acknowledgment: 5100 });
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 77 })).toBe(true);
  });

  test('believes a refusal of a SYN, which nothing has acknowledged yet', () => {
    const windows = new TcpWindows(8);
    play(windows, { side: 'client', flags: 'S', sequence: 999 });
    expect(believes(windows, { side: 'server', flags: 'RA', sequence: 0, acknowledgment: 1000 })).toBe(true);
  });

  test.each([
    ['acknowledges the SYN with its data', { flags: 'RA', acknowledgment: 1500 }, true],
    ['acknowledges another one', { flags: 'RA', acknowledgment: 999 }, false],
    ['acknowledges what was never sent', { flags: 'RA', acknowledgment: 0x8000_0000 }, false],
    ['acknowledges nothing', { flags: 'R' }, false],
  ] as const)('P3 X3 judges a refusal of a SYN that %s', (_what, refusal, isBelieved) => {
    const windows = new TcpWindows(8);
    // The number that counts is that of the last SYN; ECN is asked for by two more flags.
    play(
      windows,
      { side: 'client', flags: 'S', sequence: 77 },
      { side: 'client', flags: 'SEC', sequence: 999 },
    );
    expect(believes(windows, { side: 'server', sequence: 0, ...refusal })).toBe(isBelieved);
  });

  test('X3 learns nothing from a reset or FIN that cannot be believed', () => {
    const windows = openConnection();
    const forged = { side: 'server', sequence: 77, acknowledgment: 0x4000_0000 } as const;
    play(windows, { ...forged, flags: 'RA' }, { ...forged, flags: 'FA' });
    expect(believes(windows, { side: 'client', flags: 'FA', sequence: 1100, acknowledgment: 5100 })).toBe(
      true,
    );
  });

  test('counts across the end of the number space', () => {
    const windows = new TcpWindows(8);
    play(
      windows,
      { side: 'client', flags: 'S', sequence: 0xffff_fff0 },
      { side: 'server', flags: 'SA', sequence: 0xffff_fffe, acknowledgment: 0xffff_fff1 },
      { side: 'client', sequence: 0xffff_fff1, acknowledgment: 0xffff_ffff },
    );
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 5 })).toBe(true);
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 0xffff_fffe })).toBe(false);
    play(windows, { side: 'client', sequence: 0xffff_fff1, acknowledgment: 20 });
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 19 })).toBe(false);
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 20 })).toBe(true);
  });

  test('is not moved back by an old acknowledgment', () => {
    const windows = openConnection();
    play(windows, { side: 'client', sequence: 1100, acknowledgment: 5000 });
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 5050 })).toBe(false);
  });

  test('reset forgets a connection, and no other', () => {
    const windows = openConnection();
    windows.reset(2);
    windows.reset(4);
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 7 })).toBe(false);
    windows.reset(3);
    expect(believes(windows, { side: 'server', flags: 'R', sequence: 7 })).toBe(true);
  });
});
