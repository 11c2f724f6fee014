/** The oracle itself: a lab without syngate, whose gateway machine leaks in every way, is found out. */
import { beforeEach, describe, expect, test } from 'vitest';
import { run, runIn, tryRunIn } from './lab/command.ts';
import { declareLiteral, readOracle, resetOracle } from './lab/oracle.ts';
import { EGRESS, type Lab } from './lab/topology.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false, oracle: false });

beforeEach(() => {
  forwardPlainly(lab);
  resetOracle(lab);
});

describe('oracle', () => {
  test('oracle counts nothing while the gateway machine talks from its own addresses', () => {
    runIn(lab, 'gw', ['ping', '-c1', '-W1', '192.0.2.20']);
    runIn(lab, 'gw', ['ping', '-c1', '-W1', '2001:db8:2::20']);
    expect(readOracle(lab)).toMatchObject({ violations: 0, packets_from_gateway: 2 });
  });

  test('oracle counts packets that leave with an inner source, IPv4 and IPv6', () => {
    for (const address of ['192.0.2.20', '2001:db8:2::20'])
      tryRunIn(lab, 'alice', ['ping', '-c1', '-W1', address]);
    expect(readOracle(lab)).toMatchObject({
      wrong_source_ipv4: 1,
      wrong_source_ipv6: 1,
      private_or_synthetic_ipv4: 1,
      private_or_synthetic_ipv6: 1,
      wrong_egress_ipv4: 1,
      wrong_egress_ipv6: 1,
    });
  });

  test('oracle counts packets to synthetic addresses (A1)', () => {
    for (const address of ['100.80.1.1', '2606:4700:cf1:4000::99']) {
      tryRunIn(lab, 'gw', ['ping', '-c1', '-W1', address]);
    }
    expect(readOracle(lab)).toMatchObject({
      violations: 2,
      private_or_synthetic_ipv4: 1,
      private_or_synthetic_ipv6: 1,
    });
  });

  test('oracle counts an egress address that the policy does not name for the site', () => {
    run(['ip', '-n', lab.namespaces.gw, 'addr', 'add', `${EGRESS.primary}/32`, 'dev', 'wan0']);
    runIn(lab, 'gw', ['ping', '-c1', '-W1', '-I', EGRESS.primary, '192.0.2.20']);
    run(['ip', '-n', lab.namespaces.gw, 'addr', 'del', `${EGRESS.primary}/32`, 'dev', 'wan0']);
    expect(readOracle(lab)).toMatchObject({ violations: 1, wrong_egress_ipv4: 1 });
  });

  test('oracle counts real server addresses at a client unless the client asked for them literally', () => {
    run(['ip', '-n', lab.namespaces.net, 'route', 'replace', '10.64.0.0/24', 'via', '198.51.100.1']);
    tryRunIn(lab, 'bob', ['ping', '-c1', '-W1', '192.0.2.20']);
    expect(readOracle(lab)).toMatchObject({ real_server_source_alice: 0, real_server_source_bob: 1 });
    declareLiteral(lab, '192.0.2.20');
    tryRunIn(lab, 'bob', ['ping', '-c1', '-W1', '192.0.2.20']);
    expect(readOracle(lab).real_server_source_bob).toBe(1);
  });
});

/** A router with no translation and no guard. */
function forwardPlainly({ namespaces }: Lab): void {
  run([
    'ip',
    'netns',
    'exec',
    namespaces.gw,
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
  ]);
}
