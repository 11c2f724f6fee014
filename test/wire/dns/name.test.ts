import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emitName, isHostname, isWithin, parseName } from '../../../src/wire/dns/name.ts';

const HEADER = 12;

/** A buffer whose byte 12 begins what is given. */
function behindHeader(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...new Array<number>(HEADER).fill(0), ...bytes);
}

function label(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

describe('parseName', () => {
  it.each([
    ['the root', [0], ''],
    ['two labels', [...label('example'), ...label('com'), 0], 'example.com'],
    ['upper case (D34)', [...label('ExAmPle'), ...label('COM'), 0], 'example.com'],
    ['underscores', [...label('_dns'), ...label('x'), 0], '_dns.x'],
    ['a dot inside a label (FL-32)', [...label('a.b'), ...label('com'), 0], 'a\\046b.com'],
    ['a NUL inside a label (FL-32)', [...label('a\0b'), 0], 'a\\000b'],
    ['a space, a backslash, a byte above 127', [...label(' \\\xff'), 0], '\\032\\092\\255'],
  ])('parseName reads %s', (_, bytes, name) => {
    expect(parseName(behindHeader(...bytes), HEADER)).toEqual({ name, next: HEADER + bytes.length });
  });

  it('parseName tells the one-label name a.b from the two-label name a.b', () => {
    const one = parseName(behindHeader(...label('a.b'), 0), HEADER)?.name;
    const two = parseName(behindHeader(...label('a'), ...label('b'), 0), HEADER)?.name;
    expect(one).not.toBe(two);
  });

  it('parseName follows a pointer backwards and goes on behind it (D2)', () => {
    const bytes = behindHeader(...label('com'), 0, ...label('a'), 0xc0, HEADER, 99);
    expect(parseName(bytes, HEADER + 5)).toEqual({ name: 'a.com', next: HEADER + 9 });
  });

  it.each([
    ['the end of the bytes is inside a label', [5, 97]],
    ['the end of the bytes is before the root', [...label('a')]],
    ['half a pointer stands at the end', [0xc0]],
    ['a pointer leads to itself', [0xc0, HEADER]],
    ['a pointer leads forwards', [0xc0, HEADER + 2, 0]],
    ['a pointer leads into the header', [0xc0, 4]],
    ['a label has a reserved type 0x40', [0x41, 97, 0]],
    ['a label has a reserved type 0x80', [0x81, 97, 0]],
  ])('parseName refuses a name when %s (FL-13)', (_, bytes) => {
    expect(parseName(behindHeader(...bytes), HEADER)).toBeUndefined();
  });

  it('parseName refuses pointers that lead in a circle (D2, FL-13)', () => {
    // 12: "a" → 16; 16: "b" → 12.
    const bytes = behindHeader(...label('a'), 0xc0, 16, ...label('b'), 0xc0, HEADER);
    expect(parseName(bytes, HEADER)).toBeUndefined();
    expect(parseName(bytes, 16)).toBeUndefined();
  });

  it('parseName takes 255 bytes and 127 labels, and no more (D2)', () => {
    const most = new Array(127).fill(label('a')).flat();
    expect(parseName(behindHeader(...most, 0), HEADER)?.name.split('.')).toHaveLength(127);
    expect(parseName(behindHeader(...most, ...label('a'), 0), HEADER)).toBeUndefined();
  });

  it('parseName counts the length behind pointers as well', () => {
    const long = new Array(120).fill(label('a')).flat();
    const bytes = behindHeader(...long, 0, ...new Array(10).fill(label('b')).flat(), 0xc0, HEADER);
    expect(parseName(bytes, HEADER + long.length + 1)).toBeUndefined();
  });

  it('parseName follows as many pointers as a name can have labels, and no longer chain (FL-13)', () => {
    const chainOf = (pointers: number) =>
      Array.from({ length: pointers }, (_, index) => {
        const target = index === 0 ? HEADER : HEADER + 3 + 2 * (index - 1);
        return [0xc0 | (target >> 8), target & 0xff];
      }).flat();
    const read = (pointers: number) =>
      parseName(behindHeader(...label('a'), 0, ...chainOf(pointers)), HEADER + 3 + 2 * (pointers - 1));
    expect(read(127)?.name).toBe('a');
    expect(read(128)).toBeUndefined();
  });

  it('parseName never throws and never reads past the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        const parsed = parseName(bytes, at);
        if (parsed !== undefined) expect(parsed.next).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('emitName', () => {
  it('emitName and parseName are each other’s inverse for any labels', () => {
    const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(labels, (parts) => {
        const wire = [...parts.flatMap((part) => [part.length, ...part]), 0];
        const name = parseName(behindHeader(...wire), HEADER)?.name ?? 'unread';
        const lower = wire.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
        expect([...emitName(name)]).toEqual(lower);
      }),
    );
  });

  it.each(['a..b', 'a'.repeat(64), new Array(128).fill('a').join('.'), '.', 'é€'])(
    'emitName refuses %j, which is no name',
    (name) => {
      expect(() => emitName(name)).toThrow(RangeError);
    },
  );
});

describe('isWithin', () => {
  it.each([
    ['local', 'local', true],
    ['printer.local', 'local', true],
    ['notlocal', 'local', false],
    ['a\\046local', 'local', false],
    ['local.example', 'local', false],
    ['anything', '', true],
  ])('isWithin(%j, %j) is %j', (name, zone, expected) => {
    expect(isWithin(name, zone)).toBe(expected);
  });
});

describe('isHostname', () => {
  it('isHostname refuses what no policy can spell (FL-32)', () => {
    expect(['bank.example.com', '_x.y', '', 'a\\046b', 'a\\000'].map(isHostname)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
