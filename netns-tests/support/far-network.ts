/**
 * A host behind a router: probe.example.com in a namespace of its own, and the lab's internet forwards to it.
 *
 *      alice ── gateway ── sg-net (198.51.100.254) ──far0── sg-far (192.0.2.77)
 */
import { run, runIn, tryRun } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';

export const FAR = {
  name: 'probe.example.com',
  ipv4: '192.0.2.77',
  ipv6: '2001:db8:2::77',
  router4: '192.0.2.254',
  router6: '2001:db8:2::fe',
} as const;

export interface FarNetwork {
  readonly namespace: string;
  /** Sets the MTU of the link between the router and the far host, from the router's side. */
  setMtu(bytes: number): void;
  /** Runs a command on the far host. */
  run(command: readonly string[]): string;
  remove(): void;
}

export function raiseFarNetwork(lab: Lab): FarNetwork {
  const namespace = `sg-far${lab.suffix}`;
  run(['ip', 'netns', 'add', namespace]);
  run(['ip', '-n', namespace, '-batch', '-'], { input: 'link set lo up\n' });
  runIn(lab, 'net', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  batch(lab.namespaces.net, [
    `link add far0 type veth peer name eth0 netns ${namespace}`,
    'link set far0 up',
    `addr add ${FAR.router4}/32 dev far0`,
    `addr add ${FAR.router6}/128 dev far0 nodad`,
    `route add ${FAR.ipv4} dev far0`,
    `route add ${FAR.ipv6} dev far0`,
  ]);
  batch(namespace, [
    'link set eth0 up',
    `addr add ${FAR.ipv4}/32 dev eth0`,
    `addr add ${FAR.ipv6}/128 dev eth0 nodad`,
    `route add ${FAR.router4} dev eth0`,
    `route add ${FAR.router6} dev eth0`,
    `route add default via ${FAR.router4}`,
    `route add ::/0 via ${FAR.router6}`,
  ]);
  return {
    namespace,
    setMtu: (bytes) => void runIn(lab, 'net', ['ip', 'link', 'set', 'far0', 'mtu', String(bytes)]),
    run: (command) => run(['ip', 'netns', 'exec', namespace, ...command]),
    remove: () => {
      for (const pid of run(['ip', 'netns', 'pids', namespace]).split('\n').filter(Boolean))
        tryRun(['kill', '-KILL', pid]);
      tryRun(['ip', 'netns', 'delete', namespace]);
    },
  };
}

function batch(namespace: string, commands: readonly string[]): void {
  run(['ip', '-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}
