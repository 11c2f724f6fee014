/**
 * Recorded results of the real wirefilter: expressions over fields and functions of their own, in strict mode, with the
 * engine's error texts. We agree with one if the result is the same and an error is at the same position.
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
    /** Types as the engine writes them: `Bytes`, `Map(Bytes)`. */
    fields: z.record(z.string(), z.string()),
    /** `len(Bytes)`: `Int`. */
    functions: z.record(z.string(), z.string()).default({}),
    context: z.record(z.string(), z.unknown()).default({}),
  }),
  cases: z.array(
    z.looseObject({
      expr: z.string(),
      expect: z.union([z.boolean(), z.literal('error')]),
      /** The engine's whole text. */
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
  /** The frame of ours: place, line, carets, message. */
  readonly error: string | undefined;
}

/** The recorded engine is older than the nesting limit; this is as deep as any stack allows. */
const RECORDED_DEPTH = 1000;

/** Throws RangeError for a type or a function that is not known here, FactError for a context that does not fit. */
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
  const isPlace = error === undefined || ours === undefined || placesOf(ours).includes(firstLine(error));
  return {
    expression: expr,
    passed: actual === expect && isPlace,
    expected: expect,
    actual,
    expectedError: error,
    error: ours,
  };
}

/** As it is here, and as the engine would say it, which counts bytes and not characters. */
function placesOf(frame: string): readonly string[] {
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

/** Functions that the recorded engine had and the gateway's language has not. */
const FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'len',
    parameters: [BYTES],
    returns: { scalar: 'Int', shape: 'one' },
    // The recorded engine's len() of what is missing is 0.
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
