/** The request is invalid; the message describes valid values. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
