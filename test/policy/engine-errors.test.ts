/**
 * Where the engine puts its errors, and in which words: derived from wirefilter's own sources (`engine/src/lex.rs`,
 * `ast/`, `rhs_types/`), for what the recorded transcripts leave out.
 */
import { expect, test } from 'vitest';
import { runTranscript, transcriptSchema } from '../../src/policy/conformance/transcript.ts';

const HEAD = {
  fields: {
    'http.host': 'Bytes',
    'ip.src': 'Ip',
    'http.request.headers': 'Map(Bytes)',
    'http.request.names': 'Array(Bytes)',
  },
  functions: { 'len(Bytes)': 'Int', 'lower(Bytes)': 'Bytes' },
  context: {},
};

const LITERAL = 'invalid kind of argument #0: expected argument of kind Field, but got Literal';
const UNCLOSED = 'regex parse error:\n    (\n    ^\nerror: unclosed group';
const WILDCARD = 'invalid wildcard: wildcard syntax error at position';

/** Expression, the text under the carets (`|` before and after), the message. Nothing between them is the end. */
const ROWS: ReadonlyArray<readonly [string, string]> = [
  ['len(http.host) == |80ab|', 'invalid digit found in string while parsing with radix 10'],
  ['len(http.host) == |0a|', 'invalid digit found in string while parsing with radix 8'],
  ['len(http.host) in {1..|018|}', 'invalid digit found in string while parsing with radix 8'],
  ['len(http.host) == -0|x10|', 'unrecognised input'],
  ['len(http.host) ==||', 'expected digit'],
  ['http.host |strict  wildcard "a"|', 'expected ComparisonOp'],
  ['http.host wildcard |61:62|', 'expected " or r'],
  ['http.host wildcard||', 'unrecognised input'],
  ['http.host wildcard |"a**" or http.host == "a"|', 'wildcard contains a double star'],
  ['http.host ==||', 'unrecognised input'],
  ['http.host == r|#"a"|', 'could not find an ending quote'],
  ['http.host == r|xyz|', 'expected " or #'],
  ['http.host == 61|x|62', 'expected byte separator'],
  ['http.host == 61||', 'expected 1 characters, but found 0'],
  ['http.host == "\\x|4|', 'expected 2 characters, but found 1'],
  ['ip.src in {192.0.2.1..|192.0.2.999|}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {|192.0.2|..192.0.2.9}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {|192.0.2.|x}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {192.0.2.1..||}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {|192.0.2.256|/32}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {|256|}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {|192.0.2.|}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in {192.0.2.1..|192.0.2.055|}', "couldn't parse address in network: invalid IP address syntax"],
  ['ip.src in{ 4||', 'expected IP address character'],
  ['ip.src in {192.0.2.0/|.1|}', "couldn't parse length in network: invalid digit found in string"],
  ['ip.src in $|;|', 'invalid list name ";"'],
  ['ip.src in $|Corp|', 'invalid list name "C"'],
  ['ip.src in $|corp.|', 'invalid list name "corp."'],
  ['ip.src |in $corp| or len(http.host) == 1', 'cannot perform this operation on type Ip'],
  ['|any|(http.host == "a")', 'unknown identifier'],
  ['http.host|[*]| == "a"', 'cannot access index MapEach for type Bytes'],
  ['http.request.names[|-1] == "a"|', 'expected literal "expected positive integer as index"'],
  ['http.request.headers[*] == "a"||', 'expected value of type Bool, but got Array<Bool>'],
  ['not (http.request.headers[*] == "a")||', 'expected value of type Bool, but got Array<Bool>'],
  [
    'http.request.headers[|r"a"] == "b"|',
    'expected literal "expected quoted utf8 string or positive integer"',
  ],
  [
    'http.request.headers[ |0x-tags] == "b"|',
    'expected literal "expected quoted utf8 string or positive integer"',
  ],
  ['http.request.headers[|"\\xff"] == "b"|', 'expected literal "expected utf8 string"'],
  ['len(http.host)|[0]| == 1', 'cannot access index ArrayIndex(0) for type Int'],
  ['lower(http.host)|["a"]|', 'cannot access index MapKey("a") for type Bytes'],
  ['http.host wildcard |r"ab\\cd"|', `${WILDCARD} 2: invalid escape sequence`],
  ['http.host wildcard |"a\\\\"|', `${WILDCARD} 1: incomplete escape sequence at the end of the wildcard`],
  ['http.host ~||', 'unrecognised input'],
  ['http.host ~ r#"("#| or http.host == "b"|', UNCLOSED],
  ['http.host ~ "|(|" or http.host == "b"', UNCLOSED],
  [
    'http.host == "a" and http.request.headers[*] == "a"||',
    'expected value of type Bool, but got Array<Bool>',
  ],
  [
    'http.host == "a" and http.request.headers[*] == "a" or |http.host == "b"|',
    'expected value of type Bool, but got Array<Bool>',
  ],
  [
    'http.request.headers[*] == "a" or http.host == "a"||',
    'expected value of type Array<Bool>, but got Bool',
  ],
  ['http.request.headers |==| "a"', 'cannot perform this operation on type Map<Bytes>'],
  ['lower(|"A"|) == "a"', LITERAL],
  ['lower(|ip.src|) == "a"', 'invalid type of argument #0: expected value of type Bytes, but got Ip'],
  ['lower(|http.host == "a"|)', 'invalid type of argument #0: expected value of type Bytes, but got Bool'],
  ['lower(|) == "a"|', 'invalid number of arguments'],
  ['lower(||', 'invalid number of arguments'],
  ['lower(|nope|) == "a"', 'unknown identifier'],
  ['len(|5|)', LITERAL],
  ['len(|1.2.3.4|)', LITERAL],
  ['len(|10|.0.0.0/8)', LITERAL],
  ['len(|ab:cd|)', LITERAL],
  ['len(|r###"abc"###|)', LITERAL],
  ['len("|abc)|', 'could not find an ending quote'],
  ['len(|abcd)|', 'unrecognised input'],
  ['len(|>a)|', 'unrecognised input'],
  ['len(|any|)', 'unknown identifier'],
  ['lower((http.host|)) == "x"|', 'expected ComparisonOp'],
  ['len(not http.host|)|', 'expected ComparisonOp'],
  ['len(!|nope|)', 'unknown identifier'],
  ['len(|not http.host == "a"|)', 'invalid type of argument #0: expected value of type Bytes, but got Bool'],
  ['lower(http.request.names[*]) |==| "a"', 'cannot perform this operation on type Array<Bytes>'],
];

test.each(ROWS)('%s', (marked, message) => {
  const [before = '', about = ''] = marked.split('|');
  const expr = marked.replaceAll('|', '');
  const cases = [{ expr, expect: 'error' }];
  const [outcome] = runTranscript(transcriptSchema.parse({ head: HEAD, cases }));
  const carets = '^'.repeat(Math.max(1, about.length));
  expect(outcome?.actual).toBe('error');
  expect(outcome?.error).toBe(
    `Filter parsing error (1:${before.length + 1}):\n${expr}\n${' '.repeat(before.length)}${carets} ${message}`,
  );
});

test('the engine takes what it does not read as the humans do', () => {
  const cases = [
    { expr: 'len(http.host) != -010', expect: true },
    { expr: 'http.request.names[0x0] != "a"', expect: true },
    { expr: 'ip.src in {192.0.2}', expect: false },
    { expr: 'ip.src in {192.0.2.055}', expect: true },
    { expr: 'ip.src in {192.0.2.55/0032}', expect: true },
    { expr: 'len(http.request.headers["none"]) == 0', expect: true },
    { expr: 'len(http.host) & 0x7fffffffffffffff', expect: true },
    { expr: 'len(http.host) & 0x4000000000000000', expect: false },
    { expr: 'http.host in {+1:+2 4a:4b}', expect: true },
    { expr: '\x85len(http.host) == 2\x85\t', expect: true },
    { expr: 'http.host != "a" and http.host != "b" xor http.host == "c"', expect: true },
  ];
  const head = { ...HEAD, context: { 'http.host': 'JK', 'ip.src': '192.0.2.55' } };
  const outcomes = runTranscript(transcriptSchema.parse({ head, cases }));
  expect(outcomes.map(({ actual }) => actual)).toEqual(cases.map(({ expect: expected }) => expected));
});
