/** The command `scripts/lab`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { inside, labEnvironment } from './command.ts';
import { gatewayLogFile, gatewayPid, killGateway, startGateway, stopGateway } from './gateway-process.ts';
import { labStatus, lowerLab, raiseLab } from './lab.ts';
import { declareLiteral, readOracle, resetOracle } from './oracle.ts';
import { type Host, hostNamed, labOf } from './topology.ts';

const lab = labOf();

const program = new Command('lab')
  .description('four network namespaces: alice and bob, a gateway, an internet')
  .enablePositionalOptions();

program
  .command('up')
  .description('raise the lab and start the gateway; a lab that stands is left as it is')
  .option('--no-gateway', 'leave the gateway out')
  .action((options: { gateway: boolean }) => raiseLab(lab, options));

program
  .command('down')
  .description('remove everything the lab made')
  .action(() => lowerLab(lab));

program
  .command('status')
  .description('what stands, as JSON; exit status 1 when the lab is down')
  .action(() => {
    const status = labStatus(lab);
    printJson(status);
    if (!status.up) process.exitCode = 1;
  });

program
  .command('exec <host> <command...>')
  .description('run a command inside a host')
  .passThroughOptions()
  .allowUnknownOption()
  .action((host: string, command: string[]) => become(parseHost(host), command));

program
  .command('shell <host>')
  .description('a shell inside a host')
  .action((host: string) => become(parseHost(host), [process.env.SHELL ?? '/bin/bash']));

const gateway = program.command('gateway').description('the gateway process in sg-gw');
gateway.command('start').action(async () => void (await startGateway(lab)));
gateway
  .command('stop')
  .description('SIGTERM, and wait')
  .action(() => stopGateway(lab));
gateway
  .command('kill')
  .description('SIGKILL')
  .action(() => killGateway(lab));
gateway.command('pid').action(() => {
  const pid = gatewayPid(lab);
  if (pid === undefined) fail('Cannot tell the pid: the gateway does not run', 1);
  console.log(pid);
});
gateway.command('log').action(() => {
  if (!existsSync(gatewayLogFile(lab))) fail('Cannot show the log: the gateway was never started', 1);
  become(undefined, ['cat', gatewayLogFile(lab)]);
});

const oracle = program
  .command('oracle')
  .description('print what the oracle counted as JSON; exit status 1 when there are violations')
  .action(() => {
    demandUp();
    const report = readOracle(lab);
    printJson(report);
    if (report.violations > 0) process.exitCode = 1;
  });
oracle
  .command('reset')
  .description('set every counter to zero')
  .action(() => resetOracle(lab));
oracle
  .command('declare <address>')
  .description('clients may hear from this real address: they talk to it literally')
  .action((address: string) => declareLiteral(lab, address));

try {
  if (process.getuid?.() !== 0) fail('Cannot touch network namespaces: not root, so try sudo', 2);
  await program.parseAsync();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error), 2);
}

/** Becomes the command: input, output, signals and exit status are its own. */
function become(host: Host | undefined, command: readonly string[]): void {
  if (host !== undefined) demandUp();
  const [file = '', ...rest] = host === undefined ? command : inside(lab, host, command);
  // A terminal's Ctrl-C reaches the command itself; we stay to hand on its exit status.
  process.on('SIGINT', () => undefined);
  const { status, signal } = spawnSync(file, rest, { stdio: 'inherit', env: labEnvironment() });
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}

function demandUp(): void {
  if (!labStatus(lab).up) fail("Cannot look into the lab: it is down, so try 'scripts/lab up'", 2);
}

function parseHost(text: string): Host {
  try {
    return hostNamed(lab, text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function printJson(value: object): void {
  console.log(JSON.stringify(value, null, 2));
}

function fail(message: string, status: number): never {
  console.error(message);
  process.exit(status);
}
