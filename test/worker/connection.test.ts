import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Environment, resolveConfiguration } from '../../core/contracts/configuration.js';
import { findServer } from '../../worker/connection.js';
import { findHome, type Home } from '../../worker/home.js';
import { writeRecord } from '../../worker/processes.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';
import { testServer } from '../support/server.js';

function find(environment: Environment, home: Home = findHome(scratchFolder()), flags = {}) {
  return findServer(resolveConfiguration(flags, environment, undefined, '/store'), environment, home);
}

describe('the server to use', () => {
  it('is none where none is named and none of ours runs, whatever listens on the usual port', () => {
    expect(find({})).to.equal(undefined);
  });

  it('is ours where it runs and none is named', () => {
    const home = findHome(scratchFolder());
    mkdirSync(home.folder);
    writeRecord(home.serverFile, testServer());
    expect(find({}, home)).to.deep.equal({
      options: { address: testServer().address },
      namespace: 'default',
      local: true,
      uiUrl: testServer().uiUrl,
    });
    const named = find({ TEMPORAL_ADDRESS: 'elsewhere:7233' }, home);
    expect(named).to.deep.include({ local: false });
    expect(named!.options.address).to.equal('elsewhere:7233');
  });

  it('is the one that the flag names, before the environment', () => {
    const environment = { TEMPORAL_ADDRESS: 'environment:7233', TEMPORAL_NAMESPACE: 'theirs' };
    const server = find(environment, undefined, { address: 'flag:7233' });
    expect(server!.options.address).to.equal('flag:7233');
    expect(server!.namespace).to.equal('theirs');
  });

  it('is in the namespace that the flag names, before the environment', () => {
    const environment = { TEMPORAL_ADDRESS: 'environment:7233', TEMPORAL_NAMESPACE: 'theirs' };
    expect(find(environment, undefined, { namespace: 'ours' })!.namespace).to.equal('ours');
    expect(find(environment, undefined, { namespace: 'default' })!.namespace).to.equal('default');
    expect(find({ TEMPORAL_ADDRESS: 'environment:7233' }, undefined, { namespace: 'ours' })!.namespace).to.equal(
      'ours',
    );
  });

  it('gets the API key and TLS that the environment gives', () => {
    const { options } = find({ TEMPORAL_ADDRESS: 'cloud:7233', TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'true' })!;
    expect(options.apiKey).to.equal('key');
    expect(options.tls).not.to.equal(undefined).and.not.equal(false);
  });

  it('is that of a profile in a file, with what the file does not say from the environment', () => {
    const file = join(scratchFolder(), 'temporal.toml');
    writeFileSync(file, '[profile.mine]\naddress = "profile:7233"\nnamespace = "of-the-profile"\n');
    const server = find({ TEMPORAL_PROFILE: 'mine', TEMPORAL_CONFIG_FILE: file })!;
    expect(server.options.address).to.equal('profile:7233');
    expect(server.namespace).to.equal('of-the-profile');
  });

  it('is refused as BadConfig when the profile is not there, or names no address', async () => {
    for (const text of ['', '[profile.mine]\nnamespace = "n"\n', 'no = [toml']) {
      const file = join(scratchFolder(), 'temporal.toml');
      writeFileSync(file, text);
      const failure = await failureOf(() => find({ TEMPORAL_PROFILE: 'mine', TEMPORAL_CONFIG_FILE: file }));
      expect(failure.kind, text).to.equal('BadConfig');
      expect(failure.subject, text).to.contain('TEMPORAL_PROFILE');
    }
  });
});
