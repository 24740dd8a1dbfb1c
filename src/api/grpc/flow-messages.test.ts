import { expect, test } from 'vitest';
import { decodeFlowRequest, decodeFlows, encodeFlowRequest, encodeFlows } from './flow-messages.ts';
import { flow, flowSnapshot, identified } from './flows.fixture.ts';
import { MessageError, messageType, root } from './proto.ts';

test('a decoded snapshot equals the encoded one', () => {
  expect(decodeFlows(encodeFlows(flowSnapshot))).toStrictEqual(flowSnapshot);
});

test('so do peers with a name in the cluster, and classes that were added later', () => {
  const snapshot = { ...flowSnapshot, flows: identified };
  expect(decodeFlows(encodeFlows(snapshot))).toStrictEqual(snapshot);
});

test('classes keep their numbers', () => {
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
  const { fields } = messageType('Connection');
  expect(Object.keys(fields).sort()).toEqual(Object.keys(flow()).sort());
});

test('an RTT of zero is not an absent one', () => {
  const snapshot = { ...flowSnapshot, flows: [flow({ rttSeconds: 0, connectSeconds: undefined })] };
  const [decoded] = decodeFlows(encodeFlows(snapshot)).flows;
  expect(decoded).toMatchObject({ rttSeconds: 0, connectSeconds: undefined });
});

test('a decoded request equals the encoded one, with empty absent fields', () => {
  expect(decodeFlowRequest(encodeFlowRequest({ pod: 'web' }))).toEqual({
    namespace: '',
    pod: 'web',
    peer: '',
  });
});

test('an unknown direction or protocol is an error', () => {
  const response = messageType('ListConnectionsResponse');
  const encode = (connection: object) => response.encode({ connections: [connection] }).finish();
  expect(() => decodeFlows(encode({ direction: 3, protocol: 1 }))).toThrow(MessageError);
  expect(() => decodeFlows(encode({ direction: 1, protocol: 4 }))).toThrow(MessageError);
  expect(() => decodeFlows(encode({}))).toThrow(MessageError);
  expect(decodeFlows(encode({ direction: 2, protocol: 1 })).flows).toMatchObject([
    { direction: 'inbound', sent: { bytes: 0, segments: 0 } },
  ]);
});
