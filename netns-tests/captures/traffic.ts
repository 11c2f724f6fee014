/** What clients do while captures are recorded: small things of every kind that a translator has to understand. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type CommandResult, inside, startDetached, tryRunIn } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import { planDownload, startQuicServer } from '../support/quic.ts';

const QUIC_BYTES = 20_000;
const UDP_ECHO = path.join(import.meta.dirname, '../support/udp-echo.py');
const UDP_FLOWS = path.join(import.meta.dirname, '../support/udp-flows.py');
const ECHO_PORT = '7007';

export async function startServers(lab: Lab): Promise<void> {
  await startQuicServer(lab, randomBytes(QUIC_BYTES));
  const shop = ['192.0.2.20', '2001:db8:2::20'];
  startDetached(
    inside(lab, 'net', ['python3', UDP_ECHO, ECHO_PORT, ...shop]),
    path.join(lab.directory, 'echo.log'),
  );
}

/** Each kind of traffic under the name that its outcome is told with. */
export function makeTraffic(lab: Lab): ReadonlyArray<readonly [string, () => CommandResult]> {
  const alice = (...command: string[]) => tryRunIn(lab, 'alice', command, { timeoutMs: 30_000 });
  const families = [4, 6] as const;
  return families.flatMap((family) => [
    [
      `http-v${family}`,
      () => alice('curl', '-sS', `-${family}`, 'http://bank.example.com/bytes/60000', '-o', '/dev/null'),
    ],
    [
      `upload-v${family}`,
      () =>
        alice(
          'sh',
          '-c',
          `head -c 60000 /dev/zero | curl -sS -${family} --data-binary @- http://shop.example.com/echo`,
        ),
    ],
    [`https-v${family}`, () => alice('curl', '-sS', `-${family}`, 'https://bank.example.com/')],
    [`ssh-v${family}`, () => alice('ssh', `-${family}`, 'shell.example.com', 'true')],
    [`refused-tcp-v${family}`, () => alice('curl', '-sS', `-${family}`, 'http://shop.example.com:81/')],
    [
      `dig-v${family}`,
      () =>
        alice(
          'dig',
          '+time=2',
          '+tries=1',
          family === 4 ? '@192.0.2.53' : '@2001:db8:2::53',
          'bank.example.com',
        ),
    ],
    [`ping-v${family}`, () => alice('ping', `-${family}`, '-c2', '-i0.2', 'bank.example.com')],
    [
      `large-ping-v${family}`,
      () => alice('ping', `-${family}`, '-c2', '-i0.2', '-s', '4000', 'shop.example.com'),
    ],
    [
      `fragments-v${family}`,
      () =>
        alice(
          'sh',
          '-c',
          `python3 ${UDP_FLOWS} 2 ${ECHO_PORT} $(getent ahostsv${family} shop.example.com | cut -d' ' -f1 | head -1)`,
        ),
    ],
    [
      `refused-udp-v${family}`,
      () => alice('traceroute', `-${family}`, '-n', '-q1', '-w1', '-m3', '-p', '9000', 'shop.example.com'),
    ],
    [
      `far-traceroute-v${family}`,
      () => alice('traceroute', `-${family}`, '-n', '-q1', '-w1', '-m4', 'probe.example.com'),
    ],
    [`narrow-path-v${family}`, () => alice('tracepath', `-${family}`, '-n', '-m4', 'probe.example.com')],
    // The client picks the family itself.
    [`quic-${family}`, () => alice(...planDownload().command)],
  ]);
}
