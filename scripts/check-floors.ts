/**
 * Holds the floors of ARCHITECTURE.md: a source file imports from its own folder and from folders on lower floors;
 * folders of one floor do not know each other. Prints every refusal with the reason and exits 1.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FLOORS: ReadonlyArray<readonly string[]> = [
  ['report', 'time'],
  ['wire'],
  ['egress', 'nat', 'resolver', 'synthetic', 'policy', 'identity', 'catalog', 'store', 'device'],
  ['onramp'],
  ['gateway'],
  ['api'],
  ['cli'],
];

const floorOf = new Map(
  FLOORS.flatMap((folders, floor) => folders.map((folder) => [folder, floor] as const)),
);
const source = path.join(import.meta.dirname, '..', 'src');
const refusals: string[] = [];

for (const file of globSync('*/**/*.ts', { cwd: source })) {
  const from = file.split(path.sep)[0] ?? '';
  const text = readFileSync(path.join(source, file), 'utf8');
  for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const to =
      path.relative(source, path.resolve(source, path.dirname(file), specifier)).split(path.sep)[0] ?? '';
    const refusal = refuse(from, to);
    if (refusal !== undefined) refusals.push(`src/${file}: imports ${specifier}: ${refusal}`);
  }
}

for (const refusal of refusals) console.error(refusal);
console.log(`floors: ${refusals.length} refused`);
process.exitCode = refusals.length === 0 ? 0 : 1;

function refuse(from: string, to: string): string | undefined {
  // Above src stands nothing but package.json, which tells the version.
  if (from === to || to === '..') return undefined;
  const here = floorOf.get(from);
  const there = floorOf.get(to);
  if (here === undefined)
    return `'${from}' is on no floor: name it in scripts/check-floors.ts and ARCHITECTURE.md`;
  if (there === undefined) return `'${to}' is on no floor, so nobody may lean on it`;
  if (there > here)
    return `'${to}' stands above '${from}': data flows upward, so pass a value or a function down instead`;
  if (there === here) return `'${to}' is a sibling of '${from}': let the gateway carry the fact between them`;
  return undefined;
}
