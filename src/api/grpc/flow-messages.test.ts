import { expect, test } from 'vitest';
import { decodeFlowRequest, decodeFlows, encodeFlowRequest, encodeFlows } from './flow-messages.ts';
import { flow, flowSnapshot } from './flows.fixture.ts';
import { MessageError, messageType } from './proto.ts';

test('a snapshot comes out of the wire as it went in, to the last byte counted', () => {
  expect(decodeFlows(encodeFlows(flowSnapshot))).toStrictEqual(flowSnapshot);
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

test('a request comes out of the wire as it went in, with what was not asked for empty', () => {
  expect(decodeFlowRequest(encodeFlowRequest({ pod: 'web' }))).toEqual({
    namespace: '',
    pod: 'web',
    peer: '',
  });
});

test('a direction or a protocol that this version does not know is an error', () => {
  const response = messageType('ListConnectionsResponse');
  const encode = (connection: object) => response.encode({ connections: [connection] }).finish();
  expect(() => decodeFlows(encode({ direction: 3, protocol: 1 }))).toThrow(MessageError);
  expect(() => decodeFlows(encode({ direction: 1, protocol: 4 }))).toThrow(MessageError);
  expect(() => decodeFlows(encode({}))).toThrow(MessageError);
  expect(decodeFlows(encode({ direction: 2, protocol: 1 })).flows).toMatchObject([
    { direction: 'inbound', sent: { bytes: 0, segments: 0 } },
  ]);
});
