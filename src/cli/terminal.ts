/** What a command writes to, and how: so that tests can look at it, and nothing else in the process prints. */
import { createColors } from 'picocolors';

export interface Terminal {
  /** A line of result, to standard output. */
  print(line: string): void;
  /** A line of complaint, to standard error. */
  complain(line: string): void;
  /** Clears the screen before a picture is drawn anew; does nothing where there is no screen. */
  clear(): void;
  readonly colors: ReturnType<typeof createColors>;
}

/** Colours only for a screen, and never against NO_COLOR (https://no-color.org). */
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

/** Names come from clients and the internet: nothing in them may steer the terminal. */
export function makePrintable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
