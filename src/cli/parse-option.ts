/** Parsers for options that are not plain texts; commander prints what they throw, and the exit status is 2. */
import { InvalidArgumentError } from 'commander';

export function readSeconds(text: string): number {
  return readNumber(text, 0.1, 3600, 'seconds');
}

export function readPort(text: string): number {
  return readInteger(text, 1, 65_535, 'a port');
}

export function readLimit(text: string): number {
  return readInteger(text, 1, 100_000, 'a number');
}

export function readBytes(text: string): number {
  return readInteger(text, 1024, 1_073_741_824, 'a number of bytes');
}

function readInteger(text: string, least: number, most: number, what: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`It is not ${what} from ${least} to ${most}.`);
  return readNumber(text, least, most, what);
}

function readNumber(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is not ${what} from ${least} to ${most}.`);
}
