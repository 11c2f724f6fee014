/** `syngate trace`: follows decisions live, or writes the packets of selected flows, as seen on both sides, to a file. */
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import type { GatewayClient } from '../../api/client.ts';
import type { DecisionRecord } from '../../gateway/control/trace-record.ts';
import { GatewayError } from '../../report/errors.ts';
import { type CommandContext, connect, Options } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatBytes, formatEndpoint } from '../format-quantity.ts';
import { readBytes, readLimit, readSeconds } from '../parse-option.ts';
import { makePrintable } from '../terminal.ts';

const FILTERS = ['client', 'host', 'egress', 'protocol'] as const;
const LIMITS = ['packets', 'bytes', 'seconds'] as const;

export function makeTraceCommand(context: CommandContext): Command {
  const command = new Command('trace')
    .description('follow decisions live, or with --pcap the packets of connections on both sides')
    .option('-c, --config <file>', 'take the socket from this configuration')
    .option('--client <ip>', 'only those of one client')
    .option('--host <name>', 'only those to a name or names below it')
    .option('--egress <ip>', 'only those with an egress address')
    .addOption(new Option('--protocol <name>', 'only one protocol').choices(['tcp', 'udp', 'icmp']))
    .option('--pcap <file>', 'write packets to a pcapng file, as clients and as uplinks see them')
    .option('--packets <number>', 'with --pcap: at most this many (10000)', readLimit)
    .option('--bytes <number>', 'with --pcap: at most this many bytes (67108864)', readBytes)
    .option('--seconds <number>', 'at most this long (with --pcap: 60)', readSeconds);
  return command.action(async () => {
    const options = new Options(command);
    const ending = new AbortController();
    const end = () => ending.abort();
    process.once('SIGINT', end);
    try {
      await follow(connect(options, context), options, context, ending.signal);
    } catch (error) {
      if (!ending.signal.aborted) throw isReset(error) ? gatewayEnded(error) : error;
    } finally {
      process.off('SIGINT', end);
    }
    context.status = EXIT_STATUS.ok;
  });
}

async function follow(
  client: GatewayClient,
  options: Options,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const file = options.text('pcap');
  const isJson = options.flag('json');
  if (file !== undefined) {
    const bytes = await writeFile(await client.tracePackets(readQuery(options), signal), file, signal);
    if (!isJson) context.terminal.complain(`${formatBytes(bytes)} written to ${makePrintable(file)}`);
    return;
  }
  const lines = createInterface({ input: await client.traceDecisions(readQuery(options), signal) });
  for await (const line of lines) context.terminal.print(isJson ? line : describe(JSON.parse(line), context));
}

/** Resolves to the bytes written. If interrupted, the file is complete except perhaps for its last packet. */
async function writeFile(packets: Readable, file: string, signal: AbortSignal): Promise<number> {
  const output = createWriteStream(file);
  try {
    await pipeline(packets, output);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return output.bytesWritten;
}

/** Whether the connection was lost while the response was being read. */
function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}

function gatewayEnded(cause: unknown): GatewayError {
  return new GatewayError('EUNREACHABLE', 'Cannot go on: the gateway has ended', { cause });
}

function readQuery(options: Options): Record<string, string> {
  const texts = FILTERS.map((name) => [name, options.text(name)] as const);
  const numbers = LIMITS.map((name) => [name, options.number(name)?.toString()] as const);
  return Object.fromEntries(
    [...texts, ...numbers].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function describe(
  decision: DecisionRecord | { readonly lost: number },
  { terminal }: CommandContext,
): string {
  const { dim, green, red, yellow } = terminal.colors;
  if ('lost' in decision) return yellow(`${decision.lost} were too fast to be shown`);
  const { time, protocol, client, user, host, destination, rule, result, egress, uplink, role } = decision;
  const target = host === null ? formatEndpoint(destination) : `${host}:${destination.port}`;
  const who = user === null ? '' : ` ${user}`;
  const outcome =
    egress === null
      ? red(result)
      : `${green(formatEndpoint(egress))} on ${uplink ?? '-'} (${role === 'secondary' ? yellow(role) : role})`;
  const by = rule === null ? '' : ` by ${rule.name}`;
  return `${dim(time.slice(11, 23))} ${protocol} ${formatEndpoint(client)}${makePrintable(`${who} → ${target}`)} ${outcome}${makePrintable(by)}`;
}
