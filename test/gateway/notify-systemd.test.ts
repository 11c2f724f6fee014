import { afterEach, expect, test, vi } from 'vitest';
import { notifySystemd } from '../../src/gateway/notify-systemd.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['systemd did not start us', ''],
  ['nobody listens any more', '/nonexistent/notify'],
])('notifySystemd says nothing and fails nothing when %s', async (_name, socket) => {
  vi.stubEnv('NOTIFY_SOCKET', socket);
  await expect(notifySystemd('READY=1')).resolves.toBeUndefined();
});
