import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { repository } from '../support/folders.js';

type Bom = { bomFormat: string; components: { name: string; group?: string; version: string; purl: string }[] };

describe('what the program is made of', function () {
  this.timeout(120_000);
  const npm = (...args: string[]): string =>
    execFileSync('npm', ['run', '--silent', ...args], { cwd: repository, encoding: 'utf8', maxBuffer: 1e8 });

  it('is under licences that let it be passed on, and docs/licences.md says so: `npm run licences`', () => {
    expect(npm('licences')).to.match(/^\d+ packages, \d+ of them at run time; 0 refused$/m);
  });

  it('is told by `npm run sbom` in CycloneDX, every package of a production install with its version', () => {
    const bom = JSON.parse(npm('sbom')) as Bom;
    expect(bom.bomFormat).to.equal('CycloneDX');
    const named = new Set(bom.components.map(({ purl }) => decodeURIComponent(purl)));
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(dependencies)) {
      expect(named.has(`pkg:npm/${name}@${version}`), name).to.equal(true);
    }
    expect([...named].some((purl) => purl.startsWith('pkg:npm/mocha@'))).to.equal(false);
  });
});
