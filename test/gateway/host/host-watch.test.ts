/** When changes of the host are reported; what the monitors print is told by the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HostWatch } from '../../../src/gateway/host/host-watch.ts';

vi.mock('node:child_process', () => ({ spawn: vi.fn() }));

class Monitor extends EventEmitter {
  readonly stdout = new EventEmitter();
  readonly kill = vi.fn();
}

let monitors: Monitor[] = [];
let watch: HostWatch;
const onChange = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  monitors = [];
  vi.mocked(spawn).mockImplementation(() => {
    const monitor = new Monitor();
    monitors.push(monitor);
    return monitor as unknown as ChildProcess;
  });
  watch = new HostWatch(onChange);
  watch.start();
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
  vi.resetAllMocks();
});

const change = (monitor = 0) => monitors[monitor]?.stdout.emit('data', Buffer.from('x'));

describe('HostWatch', () => {
  test('reports once for changes that come together, of either monitor', () => {
    for (const monitor of [0, 1, 0]) change(monitor);
    expect(onChange).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(onChange).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  test('reports once a second on a host that changes all the time', () => {
    for (let elapsed = 0; elapsed < 10_000; elapsed += 20) {
      change();
      vi.advanceTimersByTime(20);
    }
    expect(onChange.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(onChange.mock.calls.length).toBeLessThanOrEqual(11);
  });

  test('takes a monitor that begins, or begins again, for a change', () => {
    for (const monitor of monitors) monitor.emit('spawn');
    vi.advanceTimersByTime(100);
    expect(onChange).toHaveBeenCalledTimes(1);
    monitors[1]?.emit('exit');
    vi.advanceTimersByTime(1_000);
    expect(monitors).toHaveLength(3);
    monitors[2]?.emit('spawn');
    vi.advanceTimersByTime(1_000);
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  test('tries a program that cannot be started again and again, and nothing more when it is stopped', () => {
    monitors[0]?.emit('error', new Error('no such file'));
    vi.advanceTimersByTime(1_000);
    expect(monitors).toHaveLength(3);
    monitors[2]?.emit('error', new Error('no such file'));
    watch.stop();
    vi.advanceTimersByTime(5_000);
    expect(monitors).toHaveLength(3);
    expect(monitors[1]?.kill).toHaveBeenCalledTimes(1);
    expect(onChange).not.toHaveBeenCalled();
  });
});
