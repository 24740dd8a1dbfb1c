import protobuf from 'protobufjs/light.js';
import { descriptor } from './proto.gen.ts';

/** The bytes are not a valid message. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** The messages of proto/vigia/v1/vigia.proto. */
export const root: protobuf.Root = protobuf.Root.fromJSON(
  descriptor as unknown as protobuf.INamespace,
);

/** Message objects have all required fields. Counters are exact up to 2^53. */
export const CONVERSION: protobuf.IConversionOptions = { defaults: true, longs: Number };

export function messageType(name: string): protobuf.Type {
  return root.lookupType(`vigia.v1.${name}`);
}
