/** Entry of the command `syngate`. */
import { runCommandLine } from './run-command-line.ts';
import { makeTerminal } from './terminal.ts';

// The reader of our output has gone (`syngate flows | head`): there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await runCommandLine(process.argv.slice(2), makeTerminal());
