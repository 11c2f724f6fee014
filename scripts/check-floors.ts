/**
 * Holds the floors of ARCHITECTURE.md: a source file imports from its own folder and from folders on lower floors; folders
 * of one floor do not know each other. Within `policy` and `resolver` their own folders stand on floors likewise, one each.
 * Whatever decides about packets is told the time and has no clock. Prints every refusal with the reason and exits 1.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Names of folders, from the ground up. */
type House = ReadonlyArray<readonly string[]>;

const FLOORS: House = [
  ['report', 'time'],
  ['wire'],
  ['egress', 'nat', 'resolver', 'synthetic', 'policy', 'identity', 'catalog', 'store', 'device'],
  ['onramp'],
  ['gateway'],
  ['api'],
  ['cli'],
];

/** By folder. Files that stand beside these folders, and so belong to all of them, are left out. */
const INNER_FLOORS: Readonly<Record<string, House>> = {
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
const refusals = globSync('*/**/*.ts', { cwd: source }).flatMap((file) => [
  ...importsOf(file).flatMap(({ specifier, target }) => {
    const refusal = refuse(file.split(path.sep), target.split(path.sep));
    return refusal === undefined ? [] : [`src/${file}: imports ${specifier}: ${refusal}`];
  }),
  ...clocksOf(file).map((clock) => `src/${file}: names ${clock}: take the time as an argument`),
]);

for (const refusal of refusals) console.error(refusal);
console.log(`floors: ${refusals.length} refused`);
process.exitCode = refusals.length === 0 ? 0 : 1;

/** Both relative to `src`: the file's own imports, and where they lead. */
function importsOf(file: string): { specifier: string; target: string }[] {
  const text = readFileSync(path.join(source, file), 'utf8');
  return Array.from(text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, specifier = '']) => ({
    specifier,
    target: path.relative(source, path.resolve(source, path.dirname(file), specifier)),
  }));
}

/** Clocks and timers that a file names though its folder has none. */
function clocksOf(file: string): string[] {
  if (!CLOCKLESS.includes(file.split(path.sep)[0] ?? '')) return [];
  return Array.from(readFileSync(path.join(source, file), 'utf8').matchAll(CLOCK), ([clock]) => clock);
}

function refuse(
  [from = '', ...restOfFrom]: readonly string[],
  [to = '', ...restOfTo]: readonly string[],
): string | undefined {
  if (from !== to) return compareFloors(FLOORS, from, to);
  const inner = INNER_FLOORS[from];
  const [innerFrom = '', innerTo = ''] = [restOfFrom[0], restOfTo[0]];
  // A file beside the folders has no floor.
  if (inner === undefined || innerFrom.endsWith('.ts') || innerTo.endsWith('.ts')) return undefined;
  return compareFloors(inner, innerFrom, innerTo);
}

function compareFloors(house: House, from: string, to: string): string | undefined {
  // Above src stands nothing but package.json, which tells the version.
  if (from === to || to === '..') return undefined;
  const here = house.findIndex((folders) => folders.includes(from));
  const there = house.findIndex((folders) => folders.includes(to));
  if (here === -1) return `'${from}' is on no floor: name it in scripts/check-floors.ts and ARCHITECTURE.md`;
  if (there === -1) return `'${to}' is on no floor, so nobody may lean on it`;
  if (there > here)
    return `'${to}' stands above '${from}': data flows upward, so pass a value or a function down instead`;
  if (there === here) return `'${to}' is a sibling of '${from}': let the gateway carry the fact between them`;
  return undefined;
}
