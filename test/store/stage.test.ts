import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../core/store/open.js';
import { describeStages } from './stageContract.js';

describe('a stage on the file store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ser-stage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describeStages(() => openStore({ url: folder }));
});
