/**
 * A link whose carrier has come back carries nothing until the kernel's link watch has run: what is sent before is
 * dropped without a sign. That happens when a persistent TUN is attached to again, and when a veth peer comes up.
 */
import { run } from '../lab/command.ts';

const PATIENCE_MS = 5000;

/** Returns once the link carries packets; `ip` is `['ip']`, or with `-n` and a namespace. */
export function awaitLink(ip: readonly string[], name: string): void {
  const deadline = performance.now() + PATIENCE_MS;
  while (!/ state (UP|UNKNOWN) /.test(run([...ip, '-o', 'link', 'show', 'dev', name]))) {
    if (performance.now() > deadline)
      throw new Error(`Cannot use ${name}: it is not up after ${PATIENCE_MS} ms`);
  }
  // The watch holds the kernel's link lock from the new state to the working queue; this passes only behind it.
  run([...ip, 'link', 'set', 'dev', name, 'up']);
}
