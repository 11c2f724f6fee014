/** When idle flows end, while all is well and while something is scarce (row P2). */
import { describe, expect, test } from 'vitest';
import { LAST_SEEN, OUTSIDE, RECORD_WORDS, STATE } from '../../src/nat/flow-record.ts';
import { FlowTimers } from '../../src/nat/flow-timers.ts';
import { FIN_IN, FIN_OUT, SYN_IN, SYN_OUT } from '../../src/nat/tcp-state.ts';
import { DEFAULT_TIMEOUTS } from '../../src/nat/timeouts.ts';

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1 } as const;

function startFlow(protocol: keyof typeof PROTOCOL, state: number, isScarce: () => boolean) {
  const words = new Uint32Array(2 * RECORD_WORDS);
  const ended: number[] = [];
  let now = 0;
  const timers = new FlowTimers({
    capacity: 2,
    now,
    timeouts: DEFAULT_TIMEOUTS,
    words,
    isScarce,
    onIdle: (id) => ended.push(id * 100_000 + now),
  });
  words[RECORD_WORDS + OUTSIDE] = PROTOCOL[protocol] << 8;
  words[RECORD_WORDS + STATE] = state;
  timers.start(1);
  const runUntil = (end: number) => {
    for (; now < end; ) timers.advance(++now);
    return ended.map((value) => value - 100_000);
  };
  const see = () => {
    words[RECORD_WORDS + LAST_SEEN] = now;
  };
  return { runUntil, see };
}

describe('FlowTimers', () => {
  test.each([
    ['P2', 'half-open TCP', 'tcp', SYN_OUT, 240, 30],
    ['P2', 'closing TCP', 'tcp', FIN_OUT | FIN_IN, 240, 10],
    ['T5', 'established TCP', 'tcp', SYN_OUT | SYN_IN, 7440, 7440],
    ['U6', 'UDP', 'udp', 0, 300, 300],
    ['I2', 'an echo', 'icmp', 0, 60, 60],
  ] as const)(
    '%s ends %s after its full time, and sooner while something is scarce',
    (_row, _name, protocol, state, full, scarce) => {
      expect(startFlow(protocol, state, () => false).runUntil(8000)).toEqual([full]);
      expect(startFlow(protocol, state, () => true).runUntil(8000)).toEqual([scarce]);
    },
  );

  test('P2 notices within the shorter time that something has become scarce', () => {
    let isScarce = false;
    const { runUntil } = startFlow('tcp', SYN_OUT, () => isScarce);
    expect(runUntil(100)).toEqual([]);
    isScarce = true;
    expect(runUntil(240)).toEqual([120]);
  });

  test('P2 spares a flow that was seen lately, whatever is scarce', () => {
    const { runUntil, see } = startFlow('tcp', SYN_OUT, () => true);
    for (let second = 20; second <= 200; second += 20) {
      expect(runUntil(second)).toEqual([]);
      see();
    }
    expect(runUntil(400)).toEqual([230]);
  });
});
