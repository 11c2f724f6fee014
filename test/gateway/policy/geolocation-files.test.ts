import { renameSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GeolocationFiles } from '../../../src/gateway/policy/geolocation-files.ts';
import { ConfigError } from '../../../src/report/errors.ts';
import { addressBytes } from '../../support/address-text.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { writeMmdb } from '../../support/write-mmdb.ts';

const folder = new TemporaryFolder();
const WATCH_MS = 20;

function databaseOf(country: string): Uint8Array {
  return writeMmdb({ '192.0.2.0/24': { country_code: country } });
}

function countryOf(files: GeolocationFiles, address = '192.0.2.1'): string | undefined {
  return files.geolocation.lookup(addressBytes(address))?.country;
}

/** Written whole beside it and renamed, as tools that update databases do. */
function replace(file: string, content: Uint8Array): void {
  renameSync(folder.write('new', content), file);
}

describe('GeolocationFiles', () => {
  let files: GeolocationFiles | undefined;
  afterEach(() => files?.stop());

  test('uses the built-in database unless the configuration names one', () => {
    files = new GeolocationFiles({ database: undefined, torExits: undefined });
    expect(countryOf(files, '193.0.6.139')).toBe('NL');
    expect(countryOf(files)).toBeUndefined();
  });

  test('refuses to start with files that cannot be used', () => {
    const database = folder.write('broken.mmdb', 'no database');
    expect(() => new GeolocationFiles({ database, torExits: undefined })).toThrow(
      /broken.mmdb: Cannot read as MMDB: /,
    );
    const torExits = folder.write('broken.txt', '192.0.2.1\nno address\n');
    expect(() => new GeolocationFiles({ database: undefined, torExits })).toThrow(
      `${torExits}:2:1: Cannot use "no": it is no IP address`,
    );
    expect(() => new GeolocationFiles({ database: `${database}.gone`, torExits: undefined })).toThrow(
      /ENOENT/,
    );
  });

  test('reads again what has changed when it is told to, and keeps the last good copy', () => {
    const database = folder.write('a.mmdb', databaseOf('DE'));
    const torExits = folder.write('a.txt', '198.51.100.1\n');
    const config = { database, torExits };
    files = new GeolocationFiles(config);
    expect([countryOf(files), countryOf(files, '198.51.100.1')]).toEqual(['DE', 'T1']);
    replace(database, databaseOf('FR'));
    expect(files.load(config)).toEqual([]);
    expect(countryOf(files)).toBe('FR');
    replace(database, new Uint8Array(10));
    const [problem] = files.load(config);
    expect(problem?.message).toMatch(/^Cannot read as MMDB: .*; the copy of .* stays in use$/);
    expect(countryOf(files)).toBe('FR');
    expect(files.load({ database, torExits: undefined })).toHaveLength(1);
    expect(countryOf(files, '198.51.100.1')).toBeUndefined();
  });

  test('stays as it was when the configuration turns to a file that cannot be used', () => {
    const database = folder.write('b.mmdb', databaseOf('DE'));
    files = new GeolocationFiles({ database, torExits: undefined });
    const { snapshot } = files;
    const broken = folder.write('c.mmdb', 'broken');
    const turn = () => files?.load({ database: broken, torExits: undefined });
    expect(turn).toThrow(ConfigError);
    expect(files.snapshot).toBe(snapshot);
    expect(files.load({ database, torExits: undefined })).toEqual([]);
  });

  test('watches its files: tells of a new one, and of a broken one while it keeps the old', async () => {
    const database = folder.write('d.mmdb', databaseOf('DE'));
    const torExits = folder.write('d.txt', '');
    files = new GeolocationFiles({ database, torExits }, WATCH_MS);
    const listener = vi.fn();
    files.watch(listener);
    await vi.waitFor(() => {
      // Repeated, since a change before the first look is not seen.
      replace(database, databaseOf('JP'));
      expect(listener).toHaveBeenLastCalledWith([]);
    });
    expect(countryOf(files)).toBe('JP');
    rmSync(database);
    await vi.waitFor(() =>
      expect(listener).toHaveBeenLastCalledWith([
        expect.objectContaining({ message: expect.stringMatching(/ENOENT.*stays in use/) }),
      ]),
    );
    expect(countryOf(files)).toBe('JP');
  });
});
