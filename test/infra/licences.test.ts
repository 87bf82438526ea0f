import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isAcceptable, licencesOf, licencesPage } from '../../tools/licences.mjs';
import { repository } from '../support/folders.js';

describe('the report of licences', () => {
  it('takes permissive and weak copyleft, and expressions of SPDX by what they allow', () => {
    for (const expression of ['MIT', 'MPL-2.0', 'LGPL-3.0-or-later', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT']) {
      expect(isAcceptable(expression), expression).to.equal(true);
    }
    for (const expression of ['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', 'SSPL-1.0', 'unknown', 'UNLICENSED', '']) {
      expect(isAcceptable(expression), expression).to.equal(false);
    }
  });

  it('knows a package by the lock file, by what brings it, and by its own file, in this order', () => {
    const packages = {
      '': {},
      'node_modules/a': { license: 'MIT', optionalDependencies: { 'a-linux': '1' } },
      'node_modules/a-linux': {},
      'node_modules/b': { dev: true },
      'node_modules/a/node_modules/b': {},
      'node_modules/c': { dev: true },
    };
    const installed = (place: string) => (place.endsWith('/b') ? 'ISC' : undefined);
    expect(licencesOf({ packages }, installed)).to.deep.equal([
      { name: 'a', licence: 'MIT', dev: false },
      { name: 'a-linux', licence: 'MIT', dev: false },
      { name: 'b', licence: 'ISC', dev: false },
      { name: 'c', licence: 'unknown', dev: true },
    ]);
  });

  it('lists what is there at run time alone, by licence', () => {
    const page = licencesPage([
      { name: 'a', licence: 'MIT', dev: false },
      { name: 'b', licence: 'MPL-2.0', dev: false },
      { name: 'c', licence: 'ISC', dev: true },
    ]);
    expect(page).to.contain('1 of 2 packages').and.contain('## MIT (1)\n\n`a`\n').and.not.contain('`c`');
  });

  it('names in the repository every package that the program needs by itself', () => {
    const page = readFileSync(join(repository, 'docs', 'licences.md'), 'utf8');
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) expect(page).to.contain(`\`${name}\``);
  });
});
