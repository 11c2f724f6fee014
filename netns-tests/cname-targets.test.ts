/** Rules that are held against CNAME targets (S5): login.example.net is an alias of bank.example.com. */
import { beforeAll, describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { killGateway, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { isEgress6 } from './support/address-sets.ts';
import { curl, dig, lease, whoami, whoamiShape } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });

const ALIAS = 'login.example.net';

async function startWith(matchCnameTargets: boolean): Promise<void> {
  editYaml(gatewayFilesOf(lab).config, (file) => {
    file.resolver.match_cname_targets = matchCnameTargets;
  });
  await stopGateway(lab);
  await startGateway(lab);
}

function sourceOf(client: 'alice' | 'bob', host: string, family: 4 | 6 = 4): string {
  return whoami(lab, client, host, family, 'http').address;
}

describe('an alias of the bank', () => {
  test('has no part in the bank’s rule when rules are held against the asked name alone', async () => {
    await startWith(false);
    // Another rule names the bank's address, whatever name led there.
    expect(sourceOf('alice', ALIAS)).toBe(EGRESS.other);
    expect(sourceOf('alice', 'bank.example.com')).toBe(EGRESS.primary);
  });
});

describe('an alias of the bank, when rules are held against CNAME targets', () => {
  beforeAll(() => startWith(true));

  test('leaves as the bank’s rule says, over both families, and for Finance alone', () => {
    expect(sourceOf('alice', ALIAS)).toBe(EGRESS.primary);
    expect(isEgress6(sourceOf('alice', ALIAS, 6))).toBe(true);
    expect(sourceOf('bob', ALIAS)).toBe(EGRESS.default4);
    expect(sourceOf('alice', 'chain.example.com')).toBe(EGRESS.default4);
  });

  test('is answered with one synthetic address at its own name, and nothing of the chain', () => {
    const [address, ...more] = dig(lab, 'alice', ALIAS, 'A');
    expect([address?.startsWith('100.80.'), more]).toEqual([true, []]);
    expect(address).not.toBe(lease(lab, 'alice', 'bank.example.com'));
  });

  test('is told with its targets by explain', () => {
    lease(lab, 'alice', ALIAS);
    const { socket } = gatewayFilesOf(lab);
    const words = [SYNGATE, 'explain', '--socket', socket, '--host', ALIAS, '--src', '10.64.0.2', '--json'];
    const explained = JSON.parse(runIn(lab, 'gw', words));
    expect(explained.facts['CNAME targets']).toEqual(['bank.example.com']);
    expect(explained.ipv4.address).toBe(EGRESS.primary);
  });

  test('keeps its rule over a kill -9, by the address that a client kept (S8)', async () => {
    const kept = lease(lab, 'alice', ALIAS);
    await killGateway(lab);
    await startGateway(lab);
    const { stdout } = curl(lab, 'alice', ['--resolve', `${ALIAS}:80:${kept}`, `http://${ALIAS}/whoami`]);
    expect(whoamiShape.parse(JSON.parse(stdout)).address).toBe(EGRESS.primary);
  });
});
