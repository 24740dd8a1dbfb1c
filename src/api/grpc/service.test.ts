import { expect, test } from 'vitest';
import { root } from './proto.ts';
import { vigiaService } from './service.ts';

test('paths and streaming of the calls match the proto', () => {
  const { fullName, methods } = root.lookupService('vigia.v1.Vigia');
  const declared = Object.values(methods).map(({ name, requestStream, responseStream }) => ({
    path: `/${fullName.slice(1)}/${name}`,
    requestStream: requestStream ?? false,
    responseStream: responseStream ?? false,
  }));
  expect(Object.values(vigiaService)).toMatchObject(declared);
  expect(Object.keys(vigiaService)).toHaveLength(declared.length);
});
