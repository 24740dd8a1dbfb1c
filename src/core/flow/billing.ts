/** What clouds bill apart within a class of peers. */
export interface Billing {
  /** Whether a peer of the class cluster is known to be in another region. */
  isOtherRegion(peer: string): boolean;
  /** Whether a connection that this address opens to the internet goes through a NAT gateway. */
  isBehindNat(local: string): boolean;
}

/** Without zones of nodes or networks from the user, nothing is billed apart. */
export const noBilling: Billing = {
  isOtherRegion: () => false,
  isBehindNat: () => false,
};
