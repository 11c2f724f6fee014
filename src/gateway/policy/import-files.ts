/** Reads the files that a policy refers to, entries of lists and names of categories, and collects their problems. */
import path from 'node:path';
import type { LoadSource } from '../../catalog/catalog.ts';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import type { PolicyList, PolicySource } from '../config/load-policy.ts';
import type { FieldPath } from '../config/yaml-source.ts';
import { type FilledList, fillList } from './fill-list.ts';
import type { Loaded } from './last-good.ts';
import type { PolicyFiles } from './policy-files.ts';

export class FileImports {
  /** Errors in files of which there is no good copy. */
  readonly problems: ConfigProblem[] = [];
  /** Errors in files whose last good copy is used instead, and notes about entries that were left out. */
  readonly warnings: ConfigProblem[] = [];
  readonly #source: PolicySource;
  readonly #files: PolicyFiles;

  constructor(source: PolicySource, files: PolicyFiles) {
    this.#source = source;
    this.#files = files;
  }

  /** `mostBytes` is the maximum size of each file. */
  fillLists(lists: readonly PolicyList[], mostBytes: number): FilledList[] {
    return lists.map((list, index) => {
      const { file, type } = list;
      if (file === undefined) return fillList(list, undefined);
      const loaded = this.#load(['lists', index, 'file'], () =>
        this.#files.loadList(this.#resolve(file), type, mostBytes),
      );
      return fillList(list, loaded);
    });
  }

  readonly loadSource: LoadSource = ({ path: file, format, list }, index) => {
    const place = ['catalog', 'sources', index, 'path'];
    const loaded = this.#load(place, () => this.#files.loadSource(this.#resolve(file), format, list));
    for (const warning of loaded?.value.warnings ?? [])
      this.warnings.push(this.#source.problem(place, `${file}: ${warning}`));
    return loaded?.value.names;
  };

  #load<T>(place: FieldPath, load: () => Loaded<T>): Loaded<T> | undefined {
    try {
      const loaded = load();
      this.warnings.push(...this.#place(place, loaded.problems));
      return loaded;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.problems.push(...this.#place(place, error.problems));
      return undefined;
    }
  }

  /** A problem of a whole file is reported at the position where the policy refers to the file. */
  #place(place: FieldPath, problems: readonly ConfigProblem[]): ConfigProblem[] {
    return problems.map((problem) =>
      problem.position === undefined
        ? this.#source.problem(place, `${problem.file}: ${problem.message}`)
        : problem,
    );
  }

  #resolve(file: string): string {
    return path.resolve(path.dirname(this.#source.file), file);
  }
}
