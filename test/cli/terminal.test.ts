import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WriteStream } from 'node:tty';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makePrintable, makeTerminal } from '../../src/cli/terminal.ts';

afterEach(() => vi.unstubAllEnvs());

/** A stream that says whether it is a screen, and what was written to it. */
function makeStream(isTTY: boolean): { stream: WriteStream; written: () => Promise<string> } {
  const through = new PassThrough();
  const stream = Object.assign(Object.create(WriteStream.prototype), {
    isTTY,
    write: (chunk: string) => through.write(chunk),
  });
  return {
    stream,
    written: () => {
      through.end();
      return text(through);
    },
  };
}

describe('makeTerminal', () => {
  test.each([
    [true, '', '\x1b[2J\x1b[H\x1b[31mx\x1b[39m\n'],
    [true, '1', '\x1b[2J\x1b[Hx\n'],
    [false, '', 'x\n'],
  ])('with a screen: %s and NO_COLOR=%j writes %j', async (isTTY, noColor, expected) => {
    vi.stubEnv('NO_COLOR', noColor);
    const { stream, written } = makeStream(isTTY);
    const terminal = makeTerminal(stream, stream);
    terminal.clear();
    terminal.print(terminal.colors.red('x'));
    expect(await written()).toBe(expected);
  });
});

test.each([
  ['bücher.example', 'bücher.example'],
  ['a\nb', 'a\\u{a}b'],
  ['\x1b[2J', '\\u{1b}[2J'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['\u2028', '\\u{2028}'],
])('makePrintable(%j) is %j', (hostile, expected) => {
  expect(makePrintable(hostile)).toBe(expected);
});
