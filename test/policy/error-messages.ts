/** Every message that the sources of the language can put into an error, read from the sources: its fixed front part. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '../../src/policy');

const LITERAL = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\`(?:[^\`\\]|\\.)*\``;
const ARGUMENT = `(${LITERAL}|[A-Za-z_]+)`;
/** Calls that take a message, and where it stands in them. */
const RAISED = [
  new RegExp(String.raw`\berror\(\s*'[a-z_]+',\s*${ARGUMENT}`, 'g'),
  new RegExp(String.raw`new ExpressionError\(\s*'[a-z_]+',\s*${ARGUMENT}`, 'g'),
  new RegExp(String.raw`new RegexError\(\s*${ARGUMENT}`, 'g'),
];
/** What `takeWhile` says is missing. */
const NAMED = /takeWhile\([^,]+, '([^']+)'\)/g;
/** Files whose functions hand messages back as values, for others to raise. */
const GIVERS = new Set(['address-range.ts', 'wildcard.ts', 'list-index.ts', 'parse-index.ts']);
const GIVEN = new RegExp(String.raw`(?:return|[?:]) ${ARGUMENT}[;\n ]`, 'g');

/** Front parts such as `expected literal "`, each with the file it stands in. */
export function collectErrorMessages(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const source = readFileSync(path.join(FOLDER, file), 'utf8');
    const patterns = GIVERS.has(path.basename(file)) ? [...RAISED, GIVEN] : RAISED;
    const written = patterns.flatMap((pattern) => [...source.matchAll(pattern)]).map(([, text = '']) => text);
    for (const front of written.flatMap((text) => frontsOf(text, source))) found.set(front, file);
    for (const [, name] of source.matchAll(NAMED)) found.set(`expected ${name}`, file);
  }
  return found;
}

/** Of a literal, or of what a constant of that name is set to; a single word is no message. */
function frontsOf(written: string, source: string): readonly string[] {
  if (/^\w/.test(written)) {
    const set = new RegExp(
      String.raw`const ${written}\b[^=;]*=([^;]*(?:'[^'\n]*'|\`[^\`]*\`|"[^"\n]*")?[^;]*);`,
      'g',
    );
    const values = [...source.matchAll(set)].map(([, value = '']) => value);
    return values
      .flatMap((value) => value.match(new RegExp(LITERAL, 'g')) ?? [])
      .flatMap((text) => frontsOf(text, source));
  }
  const inside = written.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  const constant = /^\$\{([A-Z_]+)\}/.exec(inside)?.[1];
  if (constant !== undefined) return frontsOf(constant, source);
  const front = inside.split('${')[0] ?? '';
  return /^[a-z].* /i.test(front) ? [front] : [];
}
