/** Changes a YAML file of the gateway before it starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

export function editYaml(file: string, change: (content: ReturnType<typeof parse>) => void): void {
  const content = parse(readFileSync(file, 'utf8'));
  change(content);
  writeFileSync(file, stringify(content));
}
