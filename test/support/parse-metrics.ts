/**
 * Reads the Prometheus text format and OpenMetrics, from their grammars alone and strictly: what one of them does not
 * allow throws.
 */

export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/;
const VALUE = /^ ([+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf|NaN))$/;

/** By the name of the family. */
export function parseMetrics(text: string, format: 'prometheus' | 'openmetrics'): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('Cannot parse: the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('Cannot parse: no # EOF');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let family: { name: string; help: string; type?: string } | undefined;
  for (const line of lines) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`Cannot parse: ${name} is there twice`);
      family = { name, help: rest };
    } else if (kind === 'TYPE') {
      if (family?.name !== name) throw new Error(`Cannot parse: a type without help: ${line}`);
      families.set(name, { type: rest, help: family.help, samples: [] });
    } else {
      const sample = parseSample(line);
      const home = families.get(family?.name ?? '');
      if (home === undefined || sample.name !== sampleName(family?.name ?? '', home.type, format))
        throw new Error(`Cannot parse: a sample of no family: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(key)) throw new Error(`Cannot parse: the same sample twice: ${line}`);
      seen.add(key);
      home.samples.push(sample);
    }
  }
  return families;
}

function sampleName(family: string, type: string, format: string): string {
  return format === 'openmetrics' && type === 'counter' ? `${family}_total` : family;
}

function parseSample(line: string): ParsedSample {
  const [name = ''] = NAME.exec(line) ?? [];
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    do {
      const [whole, label, value = ''] = LABEL.exec(rest.slice(1)) ?? [];
      if (whole === undefined || label === undefined || label in labels)
        throw new Error(`Cannot parse the labels of ${line}`);
      labels[label] = value.replace(/\\(.)/g, (_all, escaped) => (escaped === 'n' ? '\n' : escaped));
      rest = rest.slice(1 + whole.length);
    } while (rest.startsWith(','));
    if (!rest.startsWith('}')) throw new Error(`Cannot parse the labels of ${line}`);
    rest = rest.slice(1);
  }
  const [, value] = VALUE.exec(rest) ?? [];
  if (name === '' || value === undefined) throw new Error(`Cannot parse the value of ${line}`);
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}
