/** Maximum number of rows for one pod, at a multiple of the free ones: bpf/lib/shares.h. */
export function mostOf(rows: number, multiple: number): number {
  return Math.ceil((rows * multiple) / (multiple + 1));
}

/** FLOW_MULTIPLE and CONNECTION_MULTIPLE of bpf/flow/flows.h. */
export const FLOW_MULTIPLE = 4;
export const CONNECTION_MULTIPLE = 4;
/** SOCKET_MULTIPLE of bpf/lib/socket-cache.h. */
export const SOCKET_MULTIPLE = 4;
/** ANSWER_MULTIPLE of bpf/dns/dns.h. */
export const ANSWER_MULTIPLE = 2;
/** DNS_QUEUES and DNS_QUEUE_MULTIPLE of bpf/dns/queues.h. */
export const QUEUES = 512;
export const QUEUE_MULTIPLE = 2;
