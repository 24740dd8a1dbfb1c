import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { type CallStatus, callStatusOf, STOPPING } from './call-status.ts';

export interface WatchOptions<Request, Answer> {
  /** Returns the response of a request; undefined before the first snapshot. */
  readonly pick: (request: Request) => Answer | undefined;
  readonly isSame: (sent: Answer, now: Answer) => boolean;
  /** Calls back after each new snapshot. Returns a function that ends this. */
  readonly watch: (onSnapshot: () => void) => () => void;
  readonly onError: (err: unknown) => void;
  /** Ends all watches. */
  readonly signal: AbortSignal;
}

/** Responds at once, and again whenever the response changes, until the client cancels. */
export function watchCall<Request, Answer>(
  options: WatchOptions<Request, Answer>,
): handleServerStreamingCall<Request, Answer> {
  return (call) => new Watcher(call, options).begin();
}

/**
 * One client. At most one response is queued for a client that does not read. Later ones are dropped,
 * and the newest is sent after it.
 */
class Watcher<Request, Answer> {
  readonly #call: ServerWritableStream<Request, Answer>;
  readonly #options: WatchOptions<Request, Answer>;
  #unwatch: () => void = () => {};
  #sent: Answer | undefined;
  #isWaiting = false;

  constructor(call: ServerWritableStream<Request, Answer>, options: WatchOptions<Request, Answer>) {
    this.#call = call;
    this.#options = options;
  }

  begin(): void {
    const { watch, signal } = this.#options;
    this.#unwatch = watch(this.#send);
    this.#call.once('cancelled', this.#leave);
    signal.addEventListener('abort', this.#stop, { once: true });
    this.#send();
  }

  readonly #send = (): void => {
    if (this.#isWaiting) return;
    const { pick, isSame, onError } = this.#options;
    try {
      const now = pick(this.#call.request);
      if (now === undefined || (this.#sent !== undefined && isSame(this.#sent, now))) return;
      this.#sent = now;
      this.#isWaiting = true;
      this.#call.write(now, this.#onWritten);
    } catch (err) {
      this.#end(callStatusOf(err, onError));
    }
  };

  readonly #onWritten = (): void => {
    this.#isWaiting = false;
    this.#send();
  };

  readonly #stop = (): void => this.#end(STOPPING);

  #end(refusal: CallStatus): void {
    this.#leave();
    this.#call.emit('error', refusal);
  }

  readonly #leave = (): void => {
    this.#isWaiting = true;
    this.#unwatch();
    this.#options.signal.removeEventListener('abort', this.#stop);
  };
}
