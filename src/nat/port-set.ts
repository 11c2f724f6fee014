/** A set of ports, one bit each, in pages that are allocated when first needed. */
const ALL_PORTS = 65_536;
/** Chosen by us: a client alone in its IPv6 range costs one page of 256 bytes, a busy address all 32. */
const PAGE_PORTS = 2048;

export class PortSet {
  readonly #pages: (Uint32Array | undefined)[] = new Array(ALL_PORTS / PAGE_PORTS).fill(undefined);

  has(port: number): boolean {
    const page = this.#pages[Math.trunc(port / PAGE_PORTS)];
    return ((page?.[wordOf(port)] ?? 0) & bitOf(port)) !== 0;
  }

  add(port: number): void {
    const number = Math.trunc(port / PAGE_PORTS);
    const page = this.#pages[number] ?? new Uint32Array(PAGE_PORTS / 32);
    this.#pages[number] = page;
    page[wordOf(port)] = (page[wordOf(port)] ?? 0) | bitOf(port);
  }

  delete(port: number): void {
    const page = this.#pages[Math.trunc(port / PAGE_PORTS)];
    if (page !== undefined) page[wordOf(port)] = (page[wordOf(port)] ?? 0) & ~bitOf(port);
  }
}

/** The word of a port in its page. */
function wordOf(port: number): number {
  return (port % PAGE_PORTS) >>> 5;
}

function bitOf(port: number): number {
  return 1 << (port & 31);
}
