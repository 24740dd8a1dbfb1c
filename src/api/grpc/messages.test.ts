import protobuf from 'protobufjs/light.js';
import { expect, test } from 'vitest';
import { flow, flowSnapshot, identified } from './flows.fixture.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  MessageError,
} from './messages.ts';
import { descriptor } from './proto.gen.ts';
import { vigiaService } from './service.ts';

const root = protobuf.Root.fromJSON(descriptor as unknown as protobuf.INamespace);

test('a snapshot comes out of the wire as it went in, to the last byte counted', () => {
  expect(decodeResponse(encodeResponse(flowSnapshot))).toStrictEqual(flowSnapshot);
});

test('so do those that have a name in the cluster, and a class that came later', () => {
  const snapshot = { ...flowSnapshot, flows: identified };
  expect(decodeResponse(encodeResponse(snapshot))).toStrictEqual(snapshot);
});

test('classes keep the numbers that they have', () => {
  const { values } = root.lookupEnum('vigia.v1.PeerClass');
  expect(values).toEqual({
    PEER_CLASS_UNSPECIFIED: 0,
    PEER_CLASS_NODE: 1,
    PEER_CLASS_CLUSTER: 2,
    PEER_CLASS_PRIVATE: 3,
    PEER_CLASS_INTERNET: 4,
    PEER_CLASS_ZONE: 5,
    PEER_CLASS_REGION: 6,
  });
});

test('every field of a flow has its field in the proto', () => {
  const { fields } = root.lookupType('vigia.v1.Connection');
  expect(Object.keys(fields).sort()).toEqual(Object.keys(flow()).sort());
});

test('an RTT of zero is not an absent one', () => {
  const snapshot = { ...flowSnapshot, flows: [flow({ rttSeconds: 0, connectSeconds: undefined })] };
  const [decoded] = decodeResponse(encodeResponse(snapshot)).flows;
  expect(decoded).toMatchObject({ rttSeconds: 0, connectSeconds: undefined });
});

test('a request comes out of the wire as it went in, with what was not asked for empty', () => {
  expect(decodeRequest(encodeRequest({ pod: 'web' }))).toEqual({
    namespace: '',
    pod: 'web',
    peer: '',
  });
});

test('a direction or a protocol that this version does not know is an error', () => {
  const response = root.lookupType('vigia.v1.ListConnectionsResponse');
  const encode = (connection: object) => response.encode({ connections: [connection] }).finish();
  expect(() => decodeResponse(encode({ direction: 3, protocol: 1 }))).toThrow(MessageError);
  expect(() => decodeResponse(encode({ direction: 1, protocol: 4 }))).toThrow(MessageError);
  expect(() => decodeResponse(encode({}))).toThrow(MessageError);
  expect(decodeResponse(encode({ direction: 2, protocol: 1 })).flows).toMatchObject([
    { direction: 'inbound', sent: { bytes: 0, segments: 0 } },
  ]);
});

test('the path of the call is that of the proto', () => {
  const { fullName, methods } = root.lookupService('vigia.v1.Vigia');
  expect(Object.keys(methods).map((name) => `/${fullName.slice(1)}/${name}`)).toEqual(
    Object.values(vigiaService).map(({ path }) => path),
  );
});
