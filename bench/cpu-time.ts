/** CPU time, from /proc: of the whole machine and of the gateway's process. */
import { readFileSync } from 'node:fs';
import { gatewayPid } from '../netns-tests/lab/gateway-process.ts';
import type { Lab } from '../netns-tests/lab/topology.ts';
import type { CpuCost } from './report.ts';

/** Linux's USER_HZ, the unit of /proc/stat and /proc/<pid>/stat on every architecture Node runs on (proc(5)). */
const TICKS_A_SECOND = 100;

/** Seconds. */
export interface CpuTime {
  /** All processors but idle and waiting; other people's programs count too, so measure on a quiet machine. */
  readonly machine: number;
  /** User and system time of the gateway's threads; zero in a lab without a gateway. */
  readonly gateway: number;
}

export interface Metered<T> {
  readonly result: T;
  readonly spent: CpuTime;
}

/** Runs `work` and tells what it cost while it ran. */
export function meterCpu<T>(lab: Lab, work: () => T): Metered<T> {
  const before = readCpuTime(lab);
  const result = work();
  const after = readCpuTime(lab);
  return {
    result,
    spent: { machine: after.machine - before.machine, gateway: after.gateway - before.gateway },
  };
}

/** The cost of one unit, such as a gigabyte, of what each side moved. */
export function costOf(
  per: CpuCost['per'],
  reference: { readonly spent: CpuTime; readonly units: number },
  syngate: { readonly spent: CpuTime; readonly units: number },
): CpuCost {
  return {
    per,
    reference: reference.spent.machine / reference.units,
    syngate: syngate.spent.machine / syngate.units,
    gateway: syngate.spent.gateway / syngate.units,
  };
}

function readCpuTime(lab: Lab): CpuTime {
  const pid = gatewayPid(lab);
  return {
    machine: readMachineTicks() / TICKS_A_SECOND,
    gateway: (pid === undefined ? 0 : readTicks(pid)) / TICKS_A_SECOND,
  };
}

/** user nice system idle iowait irq softirq steal: all but idle and iowait, and steal, which is not ours. */
function readMachineTicks(): number {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1).join('').split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks;
  return user + nice + system + irq + softirq;
}

/** utime and stime, fields 14 and 15; what stands in parentheses before may hold blanks. */
function readTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
