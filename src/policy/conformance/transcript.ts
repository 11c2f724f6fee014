/**
 * Replays recorded results of the real wirefilter: expressions in strict mode, over fields and functions of their own, with the
 * engine's error messages. A case passes if the result is the same and an error is at the same position.
 */
import { z } from 'zod';
import { compileExpression } from '../evaluation/compile-expression.ts';
import type { Facts } from '../evaluation/facts.ts';
import { loadFacts } from '../evaluation/load-facts.ts';
import { parseExpression } from '../language/expression.ts';
import { type FunctionSpec, Scheme } from '../language/scheme.ts';
import { foldAscii } from '../values/text-value.ts';
import { formatType, type Shape, type Type } from '../values/types.ts';

export const transcriptSchema = z.looseObject({
  head: z.looseObject({
    /** Types by field name, in the engine's notation: `Bytes`, `Map(Bytes)`. */
    fields: z.record(z.string(), z.string()),
    /** Result types by signature, such as `len(Bytes)`. */
    functions: z.record(z.string(), z.string()).default({}),
    context: z.record(z.string(), z.unknown()).default({}),
  }),
  cases: z.array(
    z.looseObject({
      expr: z.string(),
      expect: z.union([z.boolean(), z.literal('error')]),
      /** The engine's complete error message. */
      error: z.string().optional(),
    }),
  ),
});

export type Transcript = z.output<typeof transcriptSchema>;

export interface TranscriptOutcome {
  readonly expression: string;
  readonly passed: boolean;
  readonly expected: boolean | 'error';
  readonly actual: boolean | 'error';
  readonly expectedError: string | undefined;
  /** Our error in the engine's format: position, source line, carets, message. */
  readonly error: string | undefined;
}

/** The recorded engine predates the nesting limit; this is about as deep as the stack allows. */
const RECORDED_DEPTH = 1000;

/** Throws RangeError for an unknown type or function, FactError for a context value that does not fit its field. */
export function runTranscript({ head, cases }: Transcript): readonly TranscriptOutcome[] {
  const scheme = new Scheme(
    Object.entries(head.fields).map(([name, type]) => ({ name, type: readType(type) })),
    { functions: Object.keys(head.functions).map(readFunction), quantifies: false },
  );
  const { facts } = loadFacts(head.context, scheme);
  return cases.map((given) => judge(given, facts));
}

function judge({ expr, expect, error }: Transcript['cases'][number], facts: Facts): TranscriptOutcome {
  const limits = { nestingDepth: RECORDED_DEPTH };
  const parsed = parseExpression(expr, { scheme: facts.scheme, mode: 'strict', limits });
  const ours = 'error' in parsed ? parsed.error.frame : undefined;
  const actual = 'error' in parsed ? 'error' : compileExpression(parsed.expression)(facts);
  const isSamePosition =
    error === undefined || ours === undefined || positionsOf(ours).includes(firstLine(error));
  return {
    expression: expr,
    passed: actual === expect && isSamePosition,
    expected: expect,
    actual,
    expectedError: error,
    error: ours,
  };
}

/** The position as reported here, and as reported by the engine, which counts bytes instead of characters. */
function positionsOf(frame: string): readonly string[] {
  const [place = '', line = ''] = frame.split('\n');
  const [, number, column] = /\((\d+):(\d+)\)/.exec(place) ?? [];
  const before = Array.from(line)
    .slice(0, Number(column) - 1)
    .join('');
  return [place, `Filter parsing error (${number}:${Buffer.byteLength(before) + 1}):`];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

const SCALARS = ['Bool', 'Int', 'Bytes', 'Ip'] as const;
const SHAPES: readonly Shape[] = ['one', 'array', 'map', 'map-of-arrays'];

function readType(text: string): Type {
  const wanted = text.replaceAll('(', '<').replaceAll(')', '>');
  const types = SCALARS.flatMap((scalar) => SHAPES.map((shape) => ({ scalar, shape })));
  const found = types.find((type) => formatType(type) === wanted);
  if (found === undefined) throw new RangeError(`Cannot read type '${text}': there is no such type`);
  return found;
}

const BYTES: Type = { scalar: 'Bytes', shape: 'one' };

/** Functions of the recorded engine, which the gateway's language does not have. */
const FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'len',
    parameters: [BYTES],
    returns: { scalar: 'Int', shape: 'one' },
    // The recorded engine's len() of a missing value is 0.
    call: ([text]) => (typeof text === 'string' ? text.length : 0),
  },
  {
    name: 'lower',
    parameters: [BYTES],
    returns: BYTES,
    call: ([text]) => (typeof text === 'string' ? foldAscii(text) : undefined),
  },
];

function readFunction(signature: string): FunctionSpec {
  const name = signature.replace(/\(.*$/, '');
  const found = FUNCTIONS.find((known) => known.name === name);
  if (found === undefined) throw new RangeError(`Cannot call '${signature}': there is no such function`);
  return found;
}
