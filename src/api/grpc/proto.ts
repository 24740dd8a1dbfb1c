import protobuf from 'protobufjs/light.js';
import { descriptor } from './proto.gen.ts';

/** What the bytes of a message say is not what it can say. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** The messages of proto/vigia/v1/vigia.proto. */
export const root: protobuf.Root = protobuf.Root.fromJSON(
  descriptor as unknown as protobuf.INamespace,
);

/** Objects of messages have all fields but those that are optional; counters are exact to 2^53. */
export const CONVERSION: protobuf.IConversionOptions = { defaults: true, longs: Number };

export function messageType(name: string): protobuf.Type {
  return root.lookupType(`vigia.v1.${name}`);
}
