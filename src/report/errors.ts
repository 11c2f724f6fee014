/**
 * Errors that are shown to people. Messages follow one grammar: "Cannot <action>: <state>", without a full stop; they state the
 * value found and the value expected, and `cause` is always kept.
 */

/** A position in a text file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem in a configuration or policy file. */
export interface ConfigProblem {
  readonly file: string;
  readonly position?: Position;
  /** The path of the field, such as `egress.addresses[2].address`. */
  readonly field: string;
  /** Includes the offending value. */
  readonly message: string;
}

/** A configuration or policy file was refused as a whole; nothing on the host has changed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(describeProblem).join('\n'), options);
    this.problems = problems;
  }
}

/** `file:line:column: field: message`, the format that editors recognise. */
export function describeProblem(problem: ConfigProblem): string {
  const { file, position, field, message } = problem;
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return field === '' ? `${place}: ${message}` : `${place}: ${field}: ${message}`;
}

/** Codes of `GatewayError`. */
export type GatewayErrorCode =
  | 'EKERNEL' // the kernel lacks a feature
  | 'EHOST' // a command that sets up the host failed
  | 'EDEVICE' // a device could not be opened
  | 'EFILE' // a file of the gateway's own could not be written
  | 'EBUSY' // another gateway holds the same resource
  | 'EUNREACHABLE' // the gateway's API cannot be reached
  | 'EREFUSED'; // the API refused the request

/** The gateway cannot do what was requested. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
