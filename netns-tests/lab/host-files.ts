/**
 * Files that `ip netns exec` lays over /etc inside a namespace (/etc/netns/<namespace>/…): clients ask the gateway's
 * resolver, trust the lab's authority and know the lab's ssh server; the server lets them in.
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { certificatesOf } from './certificates.ts';
import { run } from './command.ts';
import { CLIENTS, HOSTS, type Host, type Lab, RESOLVER } from './topology.ts';

const TRUST_STORE = '/etc/ssl/certs';

export function writeHostFiles(lab: Lab): void {
  for (const host of HOSTS) {
    writeOver(lab, host, 'hosts', `127.0.0.1 localhost\n::1 localhost\n`);
    // Without this line a machine with nss-resolve would ask its own systemd-resolved.
    writeOver(lab, host, 'nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n');
  }
  writeOver(lab, 'gw', 'resolv.conf', 'nameserver 192.0.2.53\n');
  writeOver(lab, 'net', 'resolv.conf', 'nameserver 192.0.2.53\n');
  const keys = makeSshKeys(lab);
  for (const client of CLIENTS) {
    writeOver(
      lab,
      client,
      'resolv.conf',
      `nameserver ${RESOLVER.ipv4}\nnameserver ${RESOLVER.ipv6}\noptions timeout:2 attempts:2\n`,
    );
    writeTrustStore(lab, client);
    writeSshClient(lab, client, keys);
  }
  // sshd refuses an account whose password is locked, as root's is on many machines; this one is only unusable.
  writeOver(lab, 'net', 'shadow', 'root:*:19000:0:99999:7:::\nsshd:*:19000::::::\n', 0o600);
}

export function removeHostFiles(lab: Lab): void {
  for (const host of HOSTS) rmSync(directoryOf(lab, host), { recursive: true, force: true });
}

/** Writes a file that stands at /etc/<name> inside the host. */
export function writeOver(lab: Lab, host: Host, name: string, text: string, mode = 0o644): void {
  const file = path.join(directoryOf(lab, host), name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}

/** The command of the lab's ssh server. */
export function sshServerCommand(lab: Lab): string[] {
  // Its directory for privilege separation, which the service manager makes on other machines.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const directory = path.join(lab.directory, 'ssh');
  const configuration = path.join(directory, 'sshd_config');
  writeFileSync(
    configuration,
    [
      'ListenAddress 192.0.2.61',
      'ListenAddress [2001:db8:2::61]:22',
      `HostKey ${directory}/host_key`,
      `AuthorizedKeysFile ${directory}/client_key.pub`,
      `PidFile ${directory}/sshd.pid`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'UsePAM no',
      'UseDNS no',
      'StrictModes no',
      'PrintMotd no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  return ['/usr/sbin/sshd', '-D', '-e', '-f', configuration];
}

interface SshKeys {
  readonly clientKey: string;
  readonly hostPublicKey: string;
}

function makeSshKeys(lab: Lab): SshKeys {
  const directory = path.join(lab.directory, 'ssh');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of ['host_key', 'client_key']) {
    run([
      'ssh-keygen',
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      `syngate-lab-${name}`,
      '-f',
      path.join(directory, name),
    ]);
  }
  const hostPublicKey = readFileSync(path.join(directory, 'host_key.pub'), 'utf8').trim();
  return { clientKey: path.join(directory, 'client_key'), hostPublicKey };
}

function writeSshClient(lab: Lab, client: Host, keys: SshKeys): void {
  const directory = path.join(directoryOf(lab, client), 'ssh');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'ssh_known_hosts'), `shell.example.com ${keys.hostPublicKey}\n`);
  writeFileSync(
    path.join(directory, 'ssh_config'),
    [
      'Host *',
      '  User root',
      `  IdentityFile ${keys.clientKey}`,
      '  IdentitiesOnly yes',
      '  UserKnownHostsFile /dev/null',
      '  StrictHostKeyChecking yes',
      '  CheckHostIP no',
      '',
    ].join('\n'),
  );
}

/** A copy of the machine's trust store with one authority more; private keys stay where they are. */
function writeTrustStore(lab: Lab, client: Host): void {
  const directory = path.join(directoryOf(lab, client), 'ssl');
  const certificates = path.join(directory, 'certs');
  mkdirSync(certificates, { recursive: true });
  cpSync(TRUST_STORE, certificates, { recursive: true, verbatimSymlinks: true });
  if (existsSync('/etc/ssl/openssl.cnf')) cpSync('/etc/ssl/openssl.cnf', path.join(directory, 'openssl.cnf'));
  const { authority } = certificatesOf(lab);
  const hash = run(['openssl', 'x509', '-hash', '-noout', '-in', authority]).trim();
  cpSync(authority, path.join(certificates, 'syngate-lab.pem'));
  symlinkSync('syngate-lab.pem', path.join(certificates, `${hash}.0`));
  appendFileSync(path.join(certificates, 'ca-certificates.crt'), readFileSync(authority, 'utf8'));
}

function directoryOf(lab: Lab, host: Host): string {
  return `/etc/netns/${lab.namespaces[host]}`;
}
