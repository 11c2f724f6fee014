/** `syngate init`: drafts a commented configuration from the state of the machine; changes nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { draftConfig } from '../../gateway/config/draft-config.ts';
import { surveyMachine } from '../../gateway/host/survey-machine.ts';
import { GatewayError } from '../../report/errors.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { DEFAULT_CONFIG } from '../find-socket.ts';

export function makeInitCommand(context: CommandContext): Command {
  const command = new Command('init')
    .description('write an initial configuration from the interfaces and addresses of this machine')
    .option('-c, --config <file>', 'where to write it; - for standard output', DEFAULT_CONFIG);
  return command.action(async () => {
    const options = new Options(command);
    const file = options.text('config') ?? DEFAULT_CONFIG;
    const text = draftConfig(await surveyMachine());
    if (file === '-') context.terminal.print(text.trimEnd());
    else {
      writeNew(file, text);
      const next = `read it, then: syngate check -c ${file}`;
      context.terminal.print(options.flag('json') ? JSON.stringify({ file }) : `${file} is written; ${next}`);
    }
    context.status = EXIT_STATUS.ok;
  });
}

/** Never overwrites a file. World-readable, since the service may run as its own user and the file has no secrets. */
function writeNew(file: string, text: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new GatewayError('EREFUSED', `Cannot write ${file}: ${detail}`, { cause: error });
  }
}
