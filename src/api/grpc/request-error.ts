/** The request asks for what cannot be; the message says what is wanted. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
