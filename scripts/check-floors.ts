/**
 * Checks the floors of ARCHITECTURE.md: a source file imports from its own folder and from folders on lower floors; folders
 * of one floor do not import each other. Within `policy` and `resolver` each subfolder is a floor of its own. Folders that
 * decide about packets take the time as an argument and have no clock. Prints every violation with its reason; exits 1 if any.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Names of folders, the lowest floor first. */
type Floors = ReadonlyArray<readonly string[]>;

const FLOORS: Floors = [
  ['report', 'time'],
  ['wire'],
  ['egress', 'nat', 'resolver', 'synthetic', 'policy', 'identity', 'catalog', 'store', 'device'],
  ['onramp'],
  ['gateway'],
  ['api'],
  ['cli'],
];

/** By folder. Files beside these subfolders stand on no floor and may import, and be imported by, all of them. */
const INNER_FLOORS: Readonly<Record<string, Floors>> = {
  policy: [
    ['values'],
    ['lookup'],
    ['lists'],
    ['language'],
    ['evaluation'],
    ['index'],
    ['rules'],
    ['conformance'],
  ],
  resolver: [['upstream'], ['lookup'], ['answer'], ['service']],
};

const CLOCKLESS: readonly string[] = ['wire', 'nat', 'egress', 'synthetic', 'policy', 'identity'];
const CLOCK =
  /\bnew Date\(\)|\bDate\.now\b|\bperformance\.now\b|\bhrtime(?:\.bigint)?\(|\bset(?:Timeout|Interval|Immediate)\b|time\/clock\.ts/g;

const source = path.join(import.meta.dirname, '..', 'src');
const violations = globSync('*/**/*.ts', { cwd: source }).flatMap((file) => [
  ...importsOf(file).flatMap(({ specifier, target }) => {
    const reason = findViolation(file.split(path.sep), target.split(path.sep));
    return reason === undefined ? [] : [`src/${file}: imports ${specifier}: ${reason}`];
  }),
  ...clocksOf(file).map((clock) => `src/${file}: names ${clock}: take the time as an argument`),
]);

for (const violation of violations) console.error(violation);
console.log(`floors: ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;

/** The relative imports of a file, and the imported files; `file` and `target` are relative to `src`. */
function importsOf(file: string): { specifier: string; target: string }[] {
  const text = readFileSync(path.join(source, file), 'utf8');
  return Array.from(text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, specifier = '']) => ({
    specifier,
    target: path.relative(source, path.resolve(source, path.dirname(file), specifier)),
  }));
}

/** Clocks and timers that a file of a clockless folder names. */
function clocksOf(file: string): string[] {
  if (!CLOCKLESS.includes(file.split(path.sep)[0] ?? '')) return [];
  return Array.from(readFileSync(path.join(source, file), 'utf8').matchAll(CLOCK), ([clock]) => clock);
}

/** Why the first file must not import the second, if so; both as path segments relative to `src`. */
function findViolation(
  [from = '', ...restOfFrom]: readonly string[],
  [to = '', ...restOfTo]: readonly string[],
): string | undefined {
  if (from !== to) return compareFloors(FLOORS, from, to);
  const inner = INNER_FLOORS[from];
  const [innerFrom = '', innerTo = ''] = [restOfFrom[0], restOfTo[0]];
  if (inner === undefined || innerFrom.endsWith('.ts') || innerTo.endsWith('.ts')) return undefined;
  return compareFloors(inner, innerFrom, innerTo);
}

function compareFloors(floors: Floors, from: string, to: string): string | undefined {
  // Outside `src` only package.json is imported, for the version.
  if (from === to || to === '..') return undefined;
  const here = floors.findIndex((folders) => folders.includes(from));
  const there = floors.findIndex((folders) => folders.includes(to));
  if (here === -1) return `'${from}' is on no floor: add it to scripts/check-floors.ts and ARCHITECTURE.md`;
  if (there === -1) return `'${to}' is on no floor, so nothing may import it`;
  if (there > here) return `'${to}' is on a floor above '${from}': pass a value or a function down instead`;
  if (there === here)
    return `'${to}' is on the same floor as '${from}': let the gateway pass values between them`;
  return undefined;
}
