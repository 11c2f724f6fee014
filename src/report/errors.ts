/**
 * The errors people read. Messages follow one grammar: "Cannot <action>: <state>", no full stop; the value that was
 * found and the value that was wanted are both in the text, and `cause` is always kept.
 */

/** A position in a text file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a configuration or policy file. */
export interface ConfigProblem {
  readonly file: string;
  readonly position?: Position;
  /** The path of the field, such as `egress.addresses[2].address`. */
  readonly field: string;
  /** What is wrong, with the offending value in it. */
  readonly message: string;
}

/** A configuration or policy file that is refused whole; nothing on the host has changed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(describeProblem).join('\n'), options);
    this.problems = problems;
  }
}

/** `file:line:column: field: message`, the form editors and compilers share. */
export function describeProblem(problem: ConfigProblem): string {
  const { file, position, field, message } = problem;
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return field === '' ? `${place}: ${message}` : `${place}: ${field}: ${message}`;
}

/** Codes of `GatewayError`, each with the one place that raises it in mind. */
export type GatewayErrorCode =
  | 'EKERNEL' // an ability of the kernel is missing
  | 'EHOST' // a command that sets up the host failed
  | 'EDEVICE' // a device could not be opened
  | 'EFILE' // a file of the gateway's own could not be written
  | 'EBUSY' // another gateway holds the same resource
  | 'EUNREACHABLE' // the gateway's API cannot be reached
  | 'EREFUSED'; // the API refused the request

/** The gateway cannot do what was asked of it. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
