import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { replaceFigures } from '../../bench/write-performance.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/performance.md'), 'utf8');

it('replaceFigures() puts sections between the markers of docs/performance.md and leaves the rest', () => {
  const once = replaceFigures(PAGE, ['### one', '### two']);
  const twice = replaceFigures(once, ['### three']);
  expect(once).toContain('### one\n\n### two');
  expect(twice).not.toContain('### one');
  expect(replaceFigures(twice, ['### one', '### two'])).toBe(once);
  expect(twice.slice(0, 200)).toBe(PAGE.slice(0, 200));
});

it('replaceFigures() refuses a page without markers', () => {
  expect(() => replaceFigures('# Performance\n', ['x'])).toThrow('Cannot write the figures');
});
