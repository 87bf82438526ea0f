import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFolders, findHome } from '../../worker/home.js';
import { scratchFolder } from '../support/folders.js';

describe('the folder .ser', () => {
  it('is that of the nearest ancestor', () => {
    const outer = scratchFolder();
    const inner = join(outer, 'a', 'b', 'c');
    mkdirSync(join(inner), { recursive: true });
    mkdirSync(join(outer, '.ser'));
    expect(findHome(inner).folder).to.equal(join(outer, '.ser'));
    mkdirSync(join(outer, 'a', 'b', '.ser'));
    expect(findHome(inner).folder).to.equal(join(outer, 'a', 'b', '.ser'));
    expect(findHome(outer).folder).to.equal(join(outer, '.ser'));
  });

  it('is the own one where no ancestor has one, and is made only when it is needed', () => {
    const folder = scratchFolder();
    const home = findHome(folder);
    expect(home.folder).to.equal(join(folder, '.ser'));
    expect(existsSync(home.folder)).to.equal(false);
    createFolders(home);
    expect([home.folder, home.logs, home.cache].every((path) => existsSync(path))).to.equal(true);
    expect(existsSync(home.store)).to.equal(false);
  });
});
