/** Asks a site which source address it sees, with a curl that the audience sees too. */
import type { Client, Family } from '../support/clients.ts';
import { whoamiShape } from '../support/clients.ts';
import type { Narrator } from './narrator.ts';

export const FAMILIES: readonly Family[] = [4, 6];

/** The source address that `https://<host>/whoami` reports, or what went wrong instead. */
export function sourceSeen(narrator: Narrator, client: Client, host: string, family: Family = 4): string {
  const output = narrator.show(client, ['curl', '-sS', '-m', '10', `-${family}`, `https://${host}/whoami`]);
  try {
    return whoamiShape.parse(JSON.parse(output)).address;
  } catch {
    return `no answer (${output})`;
  }
}
