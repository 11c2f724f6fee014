/**
 * The reply to a client's query: id, opcode, RD, CD and the question's own bytes come back as they were sent (so 0x20
 * case survives); RA is set, AA and AD never are (RFC 6147 section 5.5 by analogy); OPT only if the query had one
 * (RFC 6891 section 6.1.1); what does not fit without extended errors becomes an empty reply with TC (RFC 2181 section 9).
 */
import { OptionCode } from './codes.ts';
import { EDNS_UDP_BYTES, type Edns, type EdnsOption, emitOpt, MIN_UDP_BYTES } from './edns.ts';
import { emitHeader, Flag, HEADER_BYTES, mirroredFlags, viewOf } from './header.ts';

/** What a reply needs to know of its query. */
export interface ReplyTo {
  readonly id: number;
  readonly flags: number;
  /** The bytes of the question, or empty when it could not be read. */
  readonly question: Uint8Array;
  readonly edns: Edns | undefined;
}

/** The answer and authority sections, ready to follow the question. */
export interface ReplyBody {
  /** 12 bits; those above the fourth go into OPT. */
  readonly rcode: number;
  readonly answers: number;
  readonly authorities: number;
  readonly bytes: Uint8Array;
}

/** The most bytes a UDP reply may have (RFC 6891 section 6.2.5; never above our own size). */
export function udpLimit(edns: Edns | undefined): number {
  return edns === undefined ? MIN_UDP_BYTES : Math.min(edns.udpSize, EDNS_UDP_BYTES);
}

/** The reply, at most `limit` bytes long. `options` are left out when the query had no OPT. */
export function emitReply(
  to: ReplyTo,
  body: ReplyBody,
  { limit, options }: { limit: number; options: readonly EdnsOption[] },
): { bytes: Uint8Array; truncated: boolean } {
  const bareLength = HEADER_BYTES + to.question.length + body.bytes.length;
  const opt = emitFittingOpt(to, { rcode: body.rcode, room: limit - bareLength, options });
  const fits = bareLength + opt.length <= limit;
  const kept = fits ? body : { ...body, answers: 0, authorities: 0, bytes: new Uint8Array(0) };
  const bytes = new Uint8Array(HEADER_BYTES + to.question.length + kept.bytes.length + opt.length);
  emitHeader(viewOf(bytes), {
    id: to.id,
    flags: Flag.QR | Flag.RA | mirroredFlags(to.flags) | (fits ? 0 : Flag.TC) | (body.rcode & 0xf),
    questions: to.question.length === 0 ? 0 : 1,
    answers: kept.answers,
    authorities: kept.authorities,
    additionals: opt.length === 0 ? 0 : 1,
  });
  bytes.set(to.question, HEADER_BYTES);
  bytes.set(kept.bytes, HEADER_BYTES + to.question.length);
  bytes.set(opt, HEADER_BYTES + to.question.length + kept.bytes.length);
  return { bytes, truncated: !fits };
}

/** When space runs out, extended errors are the first to be left out (RFC 8914 section 3). */
function emitFittingOpt(
  { edns }: ReplyTo,
  { rcode, room, options }: { rcode: number; room: number; options: readonly EdnsOption[] },
): Uint8Array {
  if (edns === undefined) return new Uint8Array(0);
  const { dnssecOk } = edns;
  const opt = emitOpt({ rcode, dnssecOk, options });
  if (opt.length <= room) return opt;
  const others = options.filter(({ code }) => code !== OptionCode.EXTENDED_ERROR);
  return emitOpt({ rcode, dnssecOk, options: others });
}
