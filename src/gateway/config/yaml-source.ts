/**
 * A parsed YAML (or JSON) file that knows the position of every field, so that problems found later can be reported as
 * file:line:column. Refuses duplicate keys, several documents, alias bombs and cycles, a byte order mark, and more than
 * `MAX_BYTES`.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { ConfigError, type ConfigProblem, type Position } from '../../report/errors.ts';
import { readLimited } from './read-limited.ts';

/** The path of a field: keys and indices from the root. */
export type FieldPath = readonly PropertyKey[];

/** Far more than any configuration or policy written by hand. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** A key as written: quoted, or up to the colon after it. */
const KEY = /^(?:"(?:[^"\\\n]|\\.)*"|[^:\n]+)/;

export class YamlSource {
  readonly file: string;
  /** The file's content as plain values. */
  readonly value: unknown;
  readonly #cannotRead: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  /** Parses `text`; throws ConfigError with every syntax problem. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#cannotRead = `Cannot read as ${file.endsWith('.json') ? 'JSON' : 'YAML'}`;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true });
    const problems = [...this.#document.errors, ...this.#document.warnings].map((error) =>
      this.#problemAt(error.pos[0], describeYamlError(error, text, this.#cannotRead)),
    );
    if (problems.length === 0) problems.push(...this.#findCycles());
    if (problems.length > 0) throw new ConfigError(problems);
    this.value = this.#toPlainValue();
  }

  /** The position of a field's value; for a missing field, that of its nearest existing parent. */
  positionOf(path: FieldPath): Position {
    return this.#positionAt(this.#offsetOf(path, false));
  }

  /** The position of a field's key. */
  positionOfKey(path: FieldPath): Position {
    return this.#positionAt(this.#offsetOf(path, true));
  }

  /** A problem with the field at `path`. */
  problem(path: FieldPath, message: string): ConfigProblem {
    return { file: this.file, position: this.positionOf(path), field: formatFieldPath(path), message };
  }

  /** Finds aliases of a node that contains them, which would make an infinite value. */
  #findCycles(): ConfigProblem[] {
    const found: ConfigProblem[] = [];
    visit(this.#document, {
      Alias: (_key, alias) => {
        const [start = 0, , end = 0] = alias.resolve(this.#document)?.range ?? [];
        const at = alias.range?.[0] ?? 0;
        if (start <= at && at < end)
          found.push(this.#problemAt(at, `${this.#cannotRead}: *${alias.source} stands inside itself`));
      },
    });
    return found;
  }

  #toPlainValue(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new ConfigError([this.#problemAt(0, `${this.#cannotRead}: ${detail}`)], { cause: error });
    }
  }

  #offsetOf(path: FieldPath, ofKey: boolean): number {
    let node: unknown = this.#document.contents;
    let offset = rangeStart(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document);
      const { key, value } = stepInto(node, step);
      const place = (ofKey && depth === path.length - 1) || rangeStart(value) === undefined ? key : value;
      const start = rangeStart(place);
      if (start === undefined) return offset;
      offset = start;
      node = value;
    }
    return offset;
  }

  #problemAt(offset: number, message: string): ConfigProblem {
    return { file: this.file, position: this.#positionAt(offset), field: '', message };
  }

  #positionAt(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Reads and parses a file of at most `most` bytes. Throws ConfigError if it is invalid or cannot be read. */
export function readYamlSource(file: string, most = MAX_BYTES): YamlSource {
  return new YamlSource(file, readText(file, most));
}

/** `egress.addresses[2].address` */
export function formatFieldPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** The reverse of `formatFieldPath`, for fields whose keys hold neither dots nor brackets. */
export function parseFieldPath(field: string): FieldPath {
  const steps = field.match(/[^.[\]]+/g) ?? [];
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function describeYamlError({ code, message, pos }: YAMLError, text: string, cannotRead: string): string {
  const [key] = (code === 'DUPLICATE_KEY' && KEY.exec(text.slice(pos[0]))) || [];
  if (key === undefined) return `${cannotRead}: ${message}`;
  return `Cannot use the key ${key.startsWith('"') ? key : JSON.stringify(key)}: it stands here a second time`;
}

function readText(file: string, most: number): string {
  const bytes = readLimited(file, most);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\uFEFF')) throw new TypeError('it starts with a byte order mark (EF BB BF)');
    return text;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const problem: ConfigProblem = { file, field: '', message: `Cannot read the file: ${detail}` };
    throw new ConfigError([problem], { cause: error });
  }
}

function stepInto(node: unknown, step: PropertyKey): { key: unknown; value: unknown } {
  if (isSeq(node)) return { key: node.items[Number(step)], value: node.items[Number(step)] };
  if (!isMap(node)) return { key: undefined, value: undefined };
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return { key: pair?.key, value: pair?.value };
}

function rangeStart(node: unknown): number | undefined {
  if (isPair(node)) return rangeStart(node.key);
  return isNode(node) ? node.range?.[0] : undefined;
}
