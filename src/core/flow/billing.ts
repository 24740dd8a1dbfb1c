/** Traffic that clouds bill separately within a class of peers. */
export interface Billing {
  /** Whether a peer of the class `cluster` is known to be in another region. */
  isOtherRegion(peer: string): boolean;
  /** Whether connections from this address to the internet go through a NAT gateway. */
  isBehindNat(local: string): boolean;
}

/** Without node zones or configured networks, nothing is billed separately. */
export const noBilling: Billing = {
  isOtherRegion: () => false,
  isBehindNat: () => false,
};
