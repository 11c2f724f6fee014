import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../src/gateway/host/run-command.ts';

describe('runCommand', () => {
  test('gives what was printed, and takes input', async () => {
    expect(await runCommand(['cat'], { input: 'a\n' })).toBe('a\n');
  });

  test('passes the environment it is told, and no other', async () => {
    const printed = await runCommand(['env'], { environment: { NOTIFY_SOCKET: '/x' } });
    expect(printed.trim().split('\n').toSorted()).toEqual([
      'LC_ALL=C',
      'NOTIFY_SOCKET=/x',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
  });

  test.each([
    ['what it complained about', ['sh', '-c', 'echo bad >&2; exit 2'], /^Cannot run "sh -c .*": bad$/],
    ['its status when it said nothing', ['false'], /^Cannot run "false": exit status 1$/],
    ['that it is not there', ['no-such-program'], /^Cannot run "no-such-program": .*ENOENT/],
  ])('tells %s', async (_name, command, message) => {
    await expect(runCommand(command)).rejects.toMatchObject({
      code: 'EHOST',
      message: expect.stringMatching(message),
    });
  });

  test('survives a program that does not read its input', async () => {
    await expect(runCommand(['true'], { input: 'x'.repeat(1_000_000) })).resolves.toBe('');
  });
});
