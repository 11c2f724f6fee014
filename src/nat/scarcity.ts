/** Above this share in use, a resource is scarce and the translator becomes sparing (docs/nat.md, Timers and Port sharing). */
const SCARCE_ABOVE = 0.8;

/** Whether more than 80 % of `capacity` (flows, ports, or a client's limit of them) is in use. */
export function isScarce(used: number, capacity: number): boolean {
  return used > capacity * SCARCE_ABOVE;
}
