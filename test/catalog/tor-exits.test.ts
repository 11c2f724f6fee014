import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTorExits, TorExitsError } from '../../src/catalog/tor-exits.ts';

describe('parseTorExits', () => {
  it('reads plain addresses, one a line, with comments, blank lines and CRLF', () => {
    expect(parseTorExits('\uFEFF# exits\r\n192.0.2.1\r\n\r\n2001:DB8::0:1  # six\r\n192.0.2.1\n')).toEqual([
      '192.0.2.1',
      '2001:db8::1',
    ]);
  });

  it("reads the ExitAddress lines of the Tor project's list", () => {
    const text = [
      '@type tordnsel 1.0',
      'ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E',
      'Published 2026-01-01 03:04:05',
      'LastStatus 2026-01-01 04:00:00',
      'ExitAddress 198.51.100.7 2026-01-01 04:10:11',
      '',
    ].join('\n');
    expect(parseTorExits(text)).toEqual(['198.51.100.7']);
  });

  it('names the line that is neither', () => {
    expect(() => parseTorExits('192.0.2.1\n<html>\n')).toThrow('Cannot use "<html>": it is no IP address');
    try {
      parseTorExits('192.0.2.1\n192.0.2.0/24\n');
      expect.unreachable();
    } catch (error) {
      expect(error instanceof TorExitsError && error.line).toBe(2);
    }
  });

  it('takes any text for a list or throws TorExitsError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseTorExits(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TorExitsError);
        }
      }),
    );
  });
});
