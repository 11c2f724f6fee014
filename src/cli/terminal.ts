/** Where commands write: an interface, so that tests can capture the output; nothing else in the process prints. */
import { createColors } from 'picocolors';

export interface Terminal {
  /** Prints a line of the result, to standard output. */
  print(line: string): void;
  /** Prints a line of an error message, to standard error. */
  complain(line: string): void;
  /** Clears the screen before output is redrawn; does nothing if the output is not a terminal. */
  clear(): void;
  readonly colors: ReturnType<typeof createColors>;
}

/** Uses colours only on a terminal, and not if NO_COLOR is set (https://no-color.org). */
export function makeTerminal(
  output: NodeJS.WriteStream = process.stdout,
  errors: NodeJS.WriteStream = process.stderr,
): Terminal {
  const isScreen = output.isTTY === true;
  return {
    print: (line) => void output.write(`${line}\n`),
    complain: (line) => void errors.write(`${line}\n`),
    clear: () => void (isScreen && output.write('\x1b[2J\x1b[H')),
    colors: createColors(isScreen && !process.env.NO_COLOR),
  };
}

/** Escapes control characters: names come from clients and the internet and must not control the terminal. */
export function makePrintable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
