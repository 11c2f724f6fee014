/** Ordinary programs work towards lab hosts by name, over both families (issue 2, Done when 5). */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runIn, tryRunIn } from './lab/command.ts';
import { waitUntil } from './lab/wait.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();

/** Of UDP, iperf3 before 3.16 gives one sum; of TCP, one for each end. */
const IPERF_SUM = z.object({ bytes: z.number() }).optional();
const IPERF_REPORT = z.object({ end: z.object({ sum: IPERF_SUM, sum_received: IPERF_SUM }) });

function alice(...command: string[]): string {
  return runIn(lab, 'alice', command, { timeoutMs: 20_000 });
}

describe.each([4, 6] as const)('over IPv%i', (family) => {
  test('curl works with HTTP/2 and with HTTP/1.1', () => {
    for (const version of ['--http2', '--http1.1']) {
      const code = alice(
        'curl',
        '-sS',
        `-${family}`,
        version,
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        'https://shop.example.com/',
      );
      expect(code).toBe('200');
    }
  });

  test('wget works', () => {
    expect(alice('wget', '-qO-', `-${family}`, 'https://shop.example.com/')).toContain('Welcome to shop');
  });

  test('ssh works, also with a long output (S6)', () => {
    expect(alice('ssh', `-${family}`, 'shell.example.com', 'head -c 5000000 /dev/zero | wc -c').trim()).toBe(
      '5000000',
    );
    expect(alice('ssh', `-${family}`, 'shell.example.com', 'head -c 5000000 /dev/zero')).toHaveLength(
      5_000_000,
    );
  });

  test('ping works (I1, S6)', () => {
    expect(alice('ping', `-${family}`, '-c3', '-i0.2', '-W2', 'shop.example.com')).toContain(
      ' 0% packet loss',
    );
  });

  test('ping works with large packets', () => {
    expect(alice('ping', `-${family}`, '-c2', '-i0.2', '-W2', '-s', '1400', 'shop.example.com')).toContain(
      ' 0% packet loss',
    );
  });

  test.each([
    ['TCP up', []],
    ['TCP down', ['--reverse']],
    ['UDP up', ['--udp', '--bitrate', '20M', '--length', '1200']],
    ['UDP down', ['--udp', '--bitrate', '20M', '--length', '1200', '--reverse']],
  ])('iperf3 works: %s', async (_what, options) => {
    const place = [`-${family}`, '--client', 'speed.example.com'];
    const command = ['iperf3', '--json', '--time', '1', ...place, ...options];
    let result = tryRunIn(lab, 'alice', command, { timeoutMs: 20_000 });
    // The server needs a moment after one test before it takes the next.
    await waitUntil(
      () => {
        if (!/server is busy|Connection refused/.test(result.stdout)) return true;
        result = tryRunIn(lab, 'alice', command, { timeoutMs: 20_000 });
        return false;
      },
      20_000,
      () => `iperf3 says ${result.stdout}`,
    );
    const { end } = IPERF_REPORT.parse(JSON.parse(result.stdout));
    expect((end.sum_received ?? end.sum)?.bytes).toBeGreaterThan(1_000_000);
  });

  test('openssl s_client works and verifies the name', () => {
    const target = [
      '-connect',
      'bank.example.com:443',
      '-servername',
      'bank.example.com',
      '-verify_return_error',
    ];
    const output = runIn(lab, 'alice', ['openssl', 's_client', `-${family}`, ...target], { input: '' });
    expect(output).toContain('Verify return code: 0 (ok)');
  });
});
