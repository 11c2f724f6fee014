/** Entry point of the command `syngate`. */
import { runCommandLine } from './run-command-line.ts';
import { makeTerminal } from './terminal.ts';

// The reader of standard output has closed it, as in `syngate flows | head`: not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await runCommandLine(process.argv.slice(2), makeTerminal());
