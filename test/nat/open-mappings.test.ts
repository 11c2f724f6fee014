import { expect, test } from 'vitest';
import { buildUdp } from '../support/build-packet.ts';
import { createNat, decoded, STORY } from '../support/nat-fixture.ts';
import { parsePacket } from '../support/parse-packet.ts';

const { client, inner, remote, otherRemote, egress } = STORY[4];
const ROUTE = { remote, egress, isOpen: true };

function begin() {
  const nat = createNat({ capacity: 8 });
  const sent = nat.send(buildUdp({ from: `${client}:5000`, to: `${inner}:53` }), ROUTE);
  if (typeof sent === 'string') throw new Error(`Cannot go on: ${sent}`);
  return { nat, open: nat.translator.openMappings, mapped: parsePacket(sent).from };
}

const from = (endpoint: string, to: string) => decoded(buildUdp({ from: endpoint, to }));

test('OpenMappings.find knows the mapping of an open flow only (U9)', () => {
  const { nat, open, mapped } = begin();
  expect(open.find(from(`${otherRemote}:1`, mapped))).toBeDefined();
  expect(open.find(from(`${otherRemote}:1`, `${egress}:9`))).toBeUndefined();
  const closed = nat.send(buildUdp({ from: `${client}:5001`, to: `${inner}:53` }), { remote, egress });
  if (typeof closed === 'string') throw new Error(`Cannot go on: ${closed}`);
  expect(open.find(from(`${otherRemote}:1`, parsePacket(closed).from))).toBeUndefined();
});

test('OpenMappings.answered finds the caller by what the client sees of it, until the mapping ends (G7)', () => {
  const { nat, open, mapped } = begin();
  const packet = from(`${otherRemote}:7`, mapped);
  const mapping = open.find(packet);
  if (mapping === undefined) throw new Error('Cannot go on: the mapping is not open');
  const caller = open.describe(mapping, packet);
  const answer = from(`${client}:5000`, `${otherRemote}:7`);
  expect(open.answered(answer)).toBeUndefined();
  open.admit(caller);
  expect(open.answered(answer)).toBe(caller);
  expect(open.answered(from(`${client}:5001`, `${otherRemote}:7`))).toBeUndefined();
  expect(open.answered(from(`${client}:5000`, `${otherRemote}:8`))).toBeUndefined();
  nat.translator.advance(301);
  expect(open.answered(answer)).toBeUndefined();
  expect(open.callerCount).toBe(0);
});

test('OpenMappings.endLease forgets the callers that are known by its name, and no others (S2)', () => {
  const nat = createNat({ capacity: 8 });
  const sent = nat.send(buildUdp({ from: `${client}:5000`, to: `${inner}:53` }), { ...ROUTE, lease: 3 });
  if (typeof sent === 'string') throw new Error(`Cannot go on: ${sent}`);
  const mapped = parsePacket(sent).from;
  const open = nat.translator.openMappings;
  const mapping = open.find(from(`${otherRemote}:7`, mapped));
  if (mapping === undefined) throw new Error('Cannot go on: the mapping is not open');
  for (const endpoint of [`${remote}:7`, `${remote}:8`, `${otherRemote}:7`])
    open.admit(open.describe(mapping, from(endpoint, mapped)));
  open.endLease(4);
  expect(open.callerCount).toBe(3);
  open.endLease(3);
  expect(open.callerCount).toBe(1);
  expect(open.callerOf(mapping, from(`${otherRemote}:7`, mapped))).toBeDefined();
  expect(open.answered(from(`${client}:5000`, `${inner}:7`))).toBeUndefined();
});

test('OpenMappings.admit forgets who called first when there are too many', () => {
  const { open, mapped } = begin();
  const mapping = open.find(from(`${otherRemote}:7`, mapped));
  if (mapping === undefined) throw new Error('Cannot go on: the mapping is not open');
  const admit = (endpoint: string) => open.admit(open.describe(mapping, from(endpoint, mapped)));
  for (let port = 1; port <= 16_385; port++) admit(`${otherRemote}:${port}`);
  expect(open.callerCount).toBe(16_384);
  expect(open.callerOf(mapping, from(`${otherRemote}:1`, mapped))).toBeUndefined();
  expect(open.callerOf(mapping, from(`${otherRemote}:2`, mapped))).toBeDefined();
});
