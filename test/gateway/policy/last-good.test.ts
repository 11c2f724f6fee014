import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { readLimited } from '../../../src/gateway/config/read-limited.ts';
import { LastGood } from '../../../src/gateway/policy/last-good.ts';
import { ConfigError } from '../../../src/report/errors.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';

const folder = new TemporaryFolder();

/** `good …` is good content. */
function read(file: string): string {
  const text = readLimited(file, 100).toString();
  if (!text.startsWith('good')) throw new ConfigError([{ file, field: '', message: `Cannot use ${text}` }]);
  return text;
}

test('LastGood reads a file again only when it has changed', () => {
  const file = folder.write('changes', 'good 1');
  const kept = new LastGood<string>();
  const reader = vi.fn(() => read(file));
  expect(kept.load(file, file, reader)).toMatchObject({ value: 'good 1', problems: [] });
  expect(kept.load(file, file, reader).value).toBe('good 1');
  expect(reader).toHaveBeenCalledTimes(1);
  renameSync(folder.write('new', 'good 2'), file);
  expect(kept.load(file, file, reader).value).toBe('good 2');
  expect(reader).toHaveBeenCalledTimes(2);
});

test('LastGood keeps its last good copy of a file that turns bad or vanishes, and says so', () => {
  const file = folder.write('turns', 'good');
  const kept = new LastGood<string>();
  const { loadedAt } = kept.load(file, file, () => read(file));
  const load = () => kept.load(file, file, () => read(file));
  expect(kept.stale).toBe(0);
  folder.write('turns', 'bad');
  const note = `the copy of ${loadedAt.toISOString()} stays in use`;
  expect(load()).toEqual({
    value: 'good',
    loadedAt,
    stamp: expect.any(String),
    problems: [{ file, field: '', message: `Cannot use bad; ${note}` }],
  });
  expect(kept.stale).toBe(1);
  rmSync(file);
  expect(load().problems[0]?.message).toMatch(/^Cannot read the file: ENOENT.*stays in use$/);
  expect(kept.stale).toBe(1);
  folder.write('turns', 'good again');
  expect(load()).toMatchObject({ value: 'good again', problems: [] });
  expect(kept.stale).toBe(0);
});

test('LastGood throws where there is no copy, and after it was let go', () => {
  const file = folder.write('never', 'bad');
  const kept = new LastGood<string>();
  const load = () => kept.load(file, file, () => read(file));
  expect(load).toThrow(ConfigError);
  folder.write('never', 'good');
  load();
  kept.forgetUnused();
  folder.write('never', 'bad again');
  expect(load().value).toBe('good');
  kept.forgetUnused();
  kept.forgetUnused();
  expect(load).toThrow('Cannot use bad again');
});

test('LastGood does not take a defect for a bad file', () => {
  const file = folder.write('defect', 'good');
  const kept = new LastGood<string>();
  kept.load(file, file, () => 'good');
  folder.write('defect', 'changed');
  const defect = () => {
    throw new TypeError('a defect');
  };
  expect(() => kept.load(file, file, defect)).toThrow(TypeError);
});

test('readLimited refuses a file larger than agreed on', () => {
  expect(() => read(folder.write('large', 'good'.repeat(30)))).toThrow(
    /Cannot read the file: 120 bytes, more than 100/,
  );
});

test('LastGood keeps its last good copy of a file that cannot even be looked at', () => {
  const file = folder.write('loops', 'good');
  const kept = new LastGood<string>();
  const load = () => kept.load(file, file, () => read(file));
  load();
  rmSync(file);
  symlinkSync(file, file);
  expect(load()).toMatchObject({ value: 'good' });
  expect(load().problems[0]?.message).toMatch(/^Cannot read the file: ELOOP.*stays in use$/);
  kept.forgetUnused();
  kept.forgetUnused();
  expect(load).toThrow(ConfigError);
});
