/**
 * The schema of the configuration file. Strict: an unknown key is an error. scripts/write-config-schema.ts generates the
 * published JSON Schema (docs/config.schema.json) from it, and docs/configuration.md explains it.
 */
import { z } from 'zod';
import { listen } from './fields.ts';
import { expressions, limits } from './schema-limits.ts';
import { egress, onramp, tun, uplink } from './schema-links.ts';
import { resolver, synthetic } from './schema-names.ts';

const geolocation = z.strictObject({
  database: z
    .string()
    .min(1)
    .optional()
    .describe('Country database (MMDB), relative to this file; default: the built-in one'),
  tor_exits: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Addresses of Tor exits, one per line, or the Tor project's exit-addresses; relative to this file",
    ),
});

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

const flowLog = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('File to which a line of JSON is appended for each flow; relative to this file'),
  starts: z.boolean().default(false).describe('Write a line also when a flow begins, not only when it ends'),
});

export const configSchema = z.strictObject({
  tun: tun.prefault({}),
  onramps: z.array(onramp).min(1).describe('Interfaces from which clients arrive'),
  uplinks: z.array(uplink).min(1).describe('Interfaces towards the internet'),
  egress: egress.describe('Egress addresses, the defaults among them, and their health checks'),
  synthetic: synthetic.prefault({}).describe('The synthetic addresses with which names are answered'),
  resolver: resolver.describe('The DNS service of the clients'),
  api: z
    .strictObject({
      socket: z.string().min(1).max(107).optional().describe('Default: api.sock in runtime_directory'),
    })
    .prefault({})
    .describe('The management API'),
  metrics: z
    .strictObject({
      listen: listen
        .optional()
        .describe(
          'Address and port to serve them over TCP too, such as 127.0.0.1:9464; default: on the API socket only',
        ),
    })
    .prefault({})
    .describe('Metrics for monitoring'),
  store: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .default('/var/lib/syngate/state.db')
        .describe('SQLite file of the leases, which survives restarts'),
    })
    .prefault({}),
  runtime_directory: z
    .string()
    .regex(/^\//, 'not an absolute path')
    .default('/run/syngate')
    .describe('Directory for files that last until the next boot'),
  policy: z.string().min(1).optional().describe('The policy file; relative to this file'),
  expressions: expressions.prefault({}).describe("How rules' expressions are parsed"),
  geolocation: geolocation.prefault({}).describe('Data for rules by country and continent'),
  limits: limits.prefault({}),
  log: log.prefault({}),
  flow_log: flowLog
    .optional()
    .describe(
      'Log of connections: client, user, destination and egress address; nothing is logged without it',
    ),
});

/** The parsed file, with defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;

/** The JSON Schema (draft 2020-12) of the file as written. */
export function makeConfigJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return { title: 'syngate configuration', ...schema };
}
