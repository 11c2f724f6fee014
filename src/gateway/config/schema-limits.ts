/** The schema of the configuration's `limits` and `expressions`. */
import { z } from 'zod';
import { DEFAULT_EXPRESSION_LIMITS } from '../../policy/language/parse-state.ts';
import { MAX_BYTES } from './yaml-source.ts';

/** More flows would not fit into the memory of a gateway. */
const MOST_FLOWS = 4_194_304;

/** 65,536 each for UDP, TCP and ICMP echo. */
const MOST_PORTS = 3 * 65_536;

/** As many as a machine has cores for; each worker takes some 20 MB of memory, apart from its flows. */
const MOST_WORKERS = 16;

/** Some ten million names, more than fit into memory beside the flows. */
const MOST_LIST_BYTES = 256 * 1024 * 1024;

/** Cloudflare accepts CSV files of less than 2 MB. */
export const DEFAULT_LIST_BYTES = 2 * 1024 * 1024;

/** About as deep as the stack allows. */
const MOST_NESTING = 1000;
/** Longer patterns exceed the engine's own size limit anyway. */
const MOST_PATTERN = 65_536;

export const expressions = z.strictObject({
  mode: z
    .enum(['compat', 'strict'])
    .default('compat')
    .describe("compat: also the forms of dashboards and published examples; strict: the engine's own typing"),
  nesting: z
    .int()
    .min(1)
    .max(MOST_NESTING)
    .default(DEFAULT_EXPRESSION_LIMITS.nestingDepth)
    .describe('Maximum nesting of parentheses, negations and calls'),
  bytes: z
    .int()
    .min(1)
    .max(MAX_BYTES)
    .default(DEFAULT_EXPRESSION_LIMITS.expressionBytes)
    .describe('Maximum bytes of an expression'),
  regex_length: z
    .int()
    .min(1)
    .max(MOST_PATTERN)
    .default(DEFAULT_EXPRESSION_LIMITS.patternLength)
    .describe('Maximum characters of a regular expression'),
});

const clientLimits = z.strictObject({
  flows: z.int().min(1).max(MOST_FLOWS).default(65_536).describe('Maximum number of live flows'),
  ports: z
    .int()
    .min(1)
    .max(MOST_PORTS)
    .default(2000)
    .describe('Maximum external ports on one egress address, all protocols together'),
  flow_rate: z.int().min(1).max(MOST_FLOWS).default(500).describe('Maximum new flows per second, on average'),
  flow_burst: z.int().min(1).max(MOST_FLOWS).default(2000).describe('Maximum new flows in a burst'),
});

export const limits = z.strictObject({
  flows: z.int().min(1).max(MOST_FLOWS).default(262_144).describe('Maximum number of live flows'),
  workers: z
    .int()
    .min(1)
    .max(MOST_WORKERS)
    .default(1)
    .describe('Threads that translate packets; each serves an equal part of clients, flows and ports'),
  client: clientLimits.prefault({}).describe('Limits of each client, that is of each inner address'),
  list_bytes: z
    .int()
    .min(1)
    .max(MOST_LIST_BYTES)
    .default(DEFAULT_LIST_BYTES)
    .describe("Maximum bytes of a list's CSV file; a million names have some 25 million"),
});
