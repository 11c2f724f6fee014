/**
 * Holds the documents to the tree: every file or folder that one of them names, in a link or between backquotes, is there; so is
 * every class of ARCHITECTURE.md; and so is every document that a source names, from the root or from its own folder. Prints
 * every name that leads nowhere and exits 1.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const LINK = /\]\((?!\w+:)([^)#\s]+)/g;
/** Patterns and placeholders are left out. */
const NAMED = /`\.?\/?((?:src|test|netns-tests|bench|scripts|docs|systemd)\/[\w./-]+)/g;
/** A class, and a file by its name alone. */
const CLASS = /`([A-Z][a-z]+(?:[A-Z][a-z0-9]+)+)`/g;
const FILE = /`([a-z][\w.-]*\.ts)`/g;
/** A document that a source names; what is part of a web address is left out. */
const DOCUMENT = /(?<![\w./:-])[\w./-]*\w\.md\b/g;

const documents = globSync(['*.md', 'docs/*.md'], { cwd: root });
const sources = globSync(
  ['{src,test,netns-tests,bench,scripts}/**/*.{ts,yaml,py,cc,h,sh}', 'scripts/!(*.*)'],
  { cwd: root },
);

const strays = [
  ...documents.flatMap(findStrays),
  ...findUnknownParts('ARCHITECTURE.md'),
  ...sources.flatMap(findUnknownDocuments),
];

for (const stray of strays) console.error(stray);
console.log(
  `documents: ${documents.length} and ${sources.length} sources read, ${strays.length} names lead nowhere`,
);
process.exitCode = strays.length === 0 && documents.length > 0 && sources.length > 0 ? 0 : 1;

function findStrays(document: string): string[] {
  const text = readFileSync(path.join(root, document), 'utf8');
  const links = Array.from(text.matchAll(LINK), ([, to = '']) => path.join(path.dirname(document), to));
  const names = Array.from(text.matchAll(NAMED), ([, name = '']) => name);
  const missing = [...links, ...names].filter((name) => !existsSync(path.join(root, name)));
  return missing.map((name) => `${document}: names ${name}, which is not there`);
}

function findUnknownParts(document: string): string[] {
  const text = readFileSync(path.join(root, document), 'utf8');
  const code = sources.map((source) => readFileSync(path.join(root, source), 'utf8')).join('\n');
  const classes = Array.from(text.matchAll(CLASS), ([, name = '']) => name);
  const files = Array.from(text.matchAll(FILE), ([, name = '']) => name);
  const unknown = [
    ...classes.filter((name) => !new RegExp(`\\b(?:class|interface|type) ${name}\\b`).test(code)),
    ...files.filter((name) => !sources.some((source) => path.basename(source) === name)),
  ];
  return unknown.map((name) => `${document}: names ${name}, which no source is or has`);
}

function findUnknownDocuments(source: string): string[] {
  const named = Array.from(
    readFileSync(path.join(root, source), 'utf8').matchAll(DOCUMENT),
    ([name]) => name,
  );
  const isThere = (name: string) =>
    ['', path.dirname(source)].some((folder) => existsSync(path.join(root, folder, name)));
  return named.filter((name) => !isThere(name)).map((name) => `${source}: names ${name}, which is not there`);
}
