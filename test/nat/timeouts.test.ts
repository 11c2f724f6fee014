import { expect, test } from 'vitest';
import { FIN_IN, FIN_OUT, RST_SEEN, SYN_IN, SYN_OUT } from '../../src/nat/tcp-state.ts';
import { DEFAULT_TIMEOUTS, idleTimeout, lengthenBySecond, type Timeouts } from '../../src/nat/timeouts.ts';

test.each([
  { row: 'T5', name: 'an established TCP connection', protocol: 6, state: SYN_OUT | SYN_IN, floor: 7440 },
  { row: 'P2', name: 'a half-open TCP connection', protocol: 6, state: SYN_OUT, floor: 240 },
  { row: 'P2', name: 'a closed TCP connection', protocol: 6, state: FIN_OUT | FIN_IN, floor: 240 },
  { row: 'P3', name: 'a reset TCP connection', protocol: 6, state: SYN_OUT | SYN_IN | RST_SEEN, floor: 240 },
  { row: 'U6', name: 'UDP', protocol: 17, state: 0, floor: 300 },
  { row: 'I2', name: 'an ICMP echo', protocol: 1, state: 0, floor: 60 },
  { row: 'I2', name: 'an ICMPv6 echo', protocol: 58, state: 0, floor: 60 },
])('$row idleTimeout keeps $name for $floor seconds', ({ protocol, state, floor }) => {
  expect(idleTimeout(DEFAULT_TIMEOUTS, protocol, state, false)).toBe(floor);
});

test('G8 DEFAULT_TIMEOUTS lets a port rest for 120 seconds', () => {
  expect(DEFAULT_TIMEOUTS.portRest).toBe(120);
});

test.each(Object.keys(DEFAULT_TIMEOUTS) as (keyof Timeouts)[])(
  'T5 I2 lengthenBySecond gives %s a second more, for a clock that cuts seconds off',
  (name) => {
    expect(lengthenBySecond(DEFAULT_TIMEOUTS)[name]).toBe(DEFAULT_TIMEOUTS[name] + 1);
  },
);
