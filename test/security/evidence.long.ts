import { test } from 'vitest';
import {
  expectAnswersBeside,
  expectExecsBeside,
  expectLoginsBeside,
} from '../../trials/mining/emulators/floods.ts';

const SECONDS = 30;

test("every login of a pod is seen beside another's mining messages, for half a minute", async () => {
  await expectLoginsBeside(SECONDS);
});

test("a pod's execs are seen beside another's miners, for half a minute", async () => {
  await expectExecsBeside(SECONDS);
});

test("a pod's DNS answers are kept beside another's, for half a minute", async () => {
  await expectAnswersBeside(SECONDS);
});
