import { expect, test } from 'vitest';
import { evidence, finding } from '../../core/mining/findings.fixture.ts';
import {
  decodeFindingRequest,
  decodeFindings,
  encodeFindingRequest,
  encodeFindings,
} from './finding-messages.ts';
import { findingSnapshot } from './finding-snapshot.fixture.ts';
import { MessageError, messageType } from './proto.ts';

test('a decoded snapshot equals the encoded one', () => {
  expect(decodeFindings(encodeFindings(findingSnapshot))).toStrictEqual(findingSnapshot);
  const none = { ...findingSnapshot, findings: [], isLooking: false };
  expect(decodeFindings(encodeFindings(none))).toStrictEqual(none);
});

test('every field of a finding and its evidence has its field in the proto', () => {
  const fieldsOf = (name: string) => Object.keys(messageType(name).fields).sort();
  expect(fieldsOf('Finding')).toEqual(Object.keys(finding()).sort());
  expect(fieldsOf('Evidence')).toEqual(Object.keys(evidence()).sort());
});

test('any text of a process or a packet is decoded unchanged', () => {
  const hostile = evidence({ detail: '\u0000\u001b[2J\u00ff', command: '', port: 0, peer: '' });
  const snapshot = { ...findingSnapshot, findings: [finding({ evidence: [hostile] })] };
  expect(decodeFindings(encodeFindings(snapshot))).toStrictEqual(snapshot);
});

test('a decoded request equals the encoded one, with empty absent fields', () => {
  expect(decodeFindingRequest(encodeFindingRequest({ pod: 'web', minScore: 80 }))).toEqual({
    namespace: '',
    pod: 'web',
    minScore: 80,
  });
});

test('an unknown verdict is an error, an unknown kind is not', () => {
  const encode = (fields: object) =>
    messageType('ListFindingsResponse')
      .encode({ findings: [fields] })
      .finish();
  expect(() => decodeFindings(encode({}))).toThrow(MessageError);
  expect(() => decodeFindings(encode({ verdict: 5 }))).toThrow(MessageError);
  expect(decodeFindings(encode({ verdict: 1, kind: 99 })).findings).toMatchObject([
    { verdict: 'mining', kind: 'cgroup', evidence: [] },
  ]);
});
