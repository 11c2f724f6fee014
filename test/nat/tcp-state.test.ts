import { describe, expect, test } from 'vitest';
import { isClosedByBoth, nextTcpState, tcpPhase } from '../../src/nat/tcp-state.ts';

/** The state after segments such as `>S` (from the client) and `<SA` (to it). */
function after(...segments: string[]): number {
  return segments.reduce((state, segment) => {
    const flags = [...segment.slice(1)].reduce((bits, letter) => bits | (1 << 'FSRPAUEC'.indexOf(letter)), 0);
    return nextTcpState(state, flags, segment.startsWith('>'));
  }, 0);
}

describe('tcpPhase', () => {
  test.each([
    { name: 'nothing yet', segments: [], phase: 'half-open' },
    { name: 'one SYN', segments: ['>S'], phase: 'half-open' },
    { name: 'a SYN retried', segments: ['>S', '>S', '>S'], phase: 'half-open' },
    { name: 'a stray ACK', segments: ['>A'], phase: 'half-open' },
    { name: 'the answer', segments: ['>S', '<SA'], phase: 'established' },
    { name: 'a simultaneous open (T2)', segments: ['>S', '<S', '>SA', '<SA'], phase: 'established' },
    { name: 'a half close by the client (T2)', segments: ['>S', '<SA', '>A', '>FA'], phase: 'established' },
    {
      name: 'a half close by the server (T2)',
      segments: ['>S', '<SA', '>A', '<FA', '>A'],
      phase: 'established',
    },
    { name: 'both FIN', segments: ['>S', '<SA', '>FA', '<FA'], phase: 'closing' },
    {
      name: 'a simultaneous close (T2)',
      segments: ['>S', '<SA', '<FA', '>FA', '>A', '<A'],
      phase: 'closing',
    },
    { name: 'a refused SYN', segments: ['>S', '<RA'], phase: 'closing' },
    { name: 'a reset in the middle', segments: ['>S', '<SA', '>R'], phase: 'closing' },
    {
      name: 'a reset that stopped nobody (P3 X3)',
      segments: ['>S', '<SA', '<R', '>A'],
      phase: 'established',
    },
    {
      name: 'a reset of a closed connection',
      segments: ['>S', '<SA', '>FA', '<FA', '<R', '>A'],
      phase: 'closing',
    },
  ])('P1 after $name is $phase', ({ segments, phase }) => {
    expect(tcpPhase(after(...segments))).toBe(phase);
  });
});

test('isClosedByBoth needs a FIN each way', () => {
  expect(isClosedByBoth(after('>S', '<SA', '>FA', '>FA'))).toBe(false);
  expect(isClosedByBoth(after('>S', '<SA', '>FA', '<FA'))).toBe(true);
});
