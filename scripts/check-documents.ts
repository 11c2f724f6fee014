/**
 * Holds the documents to the tree: every file or folder that one of them names, in a link or between backquotes, is there.
 * Prints every name that leads nowhere and exits 1.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const LINK = /\]\((?!\w+:)([^)#\s]+)/g;
/** Patterns and placeholders are left out. */
const NAMED = /`\.?\/?((?:src|test|netns-tests|bench|scripts|docs|systemd)\/[\w./-]+)/g;

const documents = globSync(['*.md', 'docs/*.md'], { cwd: root });
const strays = documents.flatMap((document) => {
  const text = readFileSync(path.join(root, document), 'utf8');
  const links = Array.from(text.matchAll(LINK), ([, to = '']) => path.join(path.dirname(document), to));
  const names = Array.from(text.matchAll(NAMED), ([, name = '']) => name);
  const missing = [...links, ...names].filter((name) => !existsSync(path.join(root, name)));
  return missing.map((name) => `${document}: names ${name}, which is not there`);
});

for (const stray of strays) console.error(stray);
console.log(`documents: ${documents.length} read, ${strays.length} names lead nowhere`);
process.exitCode = strays.length === 0 && documents.length > 0 ? 0 : 1;
