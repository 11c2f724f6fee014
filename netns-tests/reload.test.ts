/** A policy that changes all the time under load (FL-28). */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inside, labEnvironment } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { EGRESS, ROOT } from './lab/topology.ts';
import type { Asked } from './support/keep-asking.ts';
import { countReloads, hangUp, reloadGateway } from './support/reload-gateway.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const runProgram = promisify(execFile);

/** Which may be reached from either address, and from no other (see `lab/sites.ts`). */
const HOST = 'news.example.org';
const ADDRESSES = [EGRESS.primary, EGRESS.secondary];
/** Of each of the two runs. The row's own are a minute with 200 connections (CONTRIBUTING.md), and only these are timed. */
const IS_WHOLE = process.env.SYNGATE_RELOAD_SECONDS !== undefined;
const SECONDS = Number(process.env.SYNGATE_RELOAD_SECONDS ?? 4);
const CONNECTIONS = IS_WHOLE ? 200 : 40;
/**
 * How long one connection lasts. In time, not in requests: within four minutes a client may have 2000 ports of an address
 * (row G4), which a quick machine used up; so it opens some 1200 of the first one, in both runs together, and never more than 1600.
 */
const CONNECTION_MS = IS_WHOLE ? 15_000 : 200;
const RELOAD_EVERY_MS = 200;

test(
  'FL-28 S9 reloads every 200 ms move no connection, and give none half a policy',
  async () => {
    const { policy } = gatewayFilesOf(lab);
    const without = readFileSync(policy, 'utf8');
    const policies = ADDRESSES.map((egress) => without.replace(/^rules:$/m, `rules:\n${ruleFor(egress)}`));
    writeFileSync(policy, policies[0] ?? '');
    await reloadGateway(lab);
    const quiet = await keepAsking();
    expect(quiet).toMatchObject({ moved: [], failures: [] });
    expect(Object.keys(quiet.sources)).toEqual([EGRESS.primary]);

    const before = countReloads(lab);
    let isOver = false;
    const asking = keepAsking().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      // Another one as soon as one is in force, however long that takes.
      writeFileSync(policy, policies[countReloads(lab) % 2] ?? '');
      hangUp(lab);
      await sleep(RELOAD_EVERY_MS);
    }
    const restless = await asking;
    // Where no rule holds, or only a part of them, the default address is used.
    expect(Object.keys(restless.sources).toSorted()).toEqual(ADDRESSES.toSorted());
    expect(restless).toMatchObject({ moved: [], failures: [] });
    expect(restless.connections).toBeGreaterThan(2 * CONNECTIONS);
    if (IS_WHOLE) expect(restless.p99Ms).toBeLessThan(2 * quiet.p99Ms);
    expect(countReloads(lab) - before).toBeGreaterThan(SECONDS);
  },
  60_000 + 3000 * SECONDS,
);

function ruleFor(egress: string): string {
  return `
  - name: Through ${egress}
    precedence: 1
    enabled: true
    action: egress
    filters: [egress]
    traffic: net.fqdn.host == "${HOST}"
    rule_settings: { egress: { ipv4: ${egress}, ipv4_fallback: 0.0.0.0, ipv6: "${EGRESS.prefix6}" } }
`;
}

async function keepAsking(): Promise<Asked> {
  const program = path.join(import.meta.dirname, 'support/keep-asking.ts');
  const node = path.join(ROOT, 'node_modules/.bin/node');
  const numbers = [CONNECTIONS, CONNECTION_MS, SECONDS].map(String);
  const [file = '', ...rest] = inside(lab, 'alice', [node, program, HOST, ...numbers]);
  const { stdout } = await runProgram(file, rest, { env: labEnvironment() });
  return JSON.parse(stdout);
}
