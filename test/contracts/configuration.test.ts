import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Configuration,
  ENVIRONMENT_VARIABLES,
  type Environment,
  resolveConfiguration,
} from '../../core/contracts/configuration.js';
import { failureOf } from '../support/failureOf.js';

const DEFAULT_STORE = '/home/.ser/store';

/** Every setting that more than one place can make, by where it is made. */
const settings = [
  {
    name: 'the store',
    flag: (value: string) => ({ store: value }),
    variable: 'SER_STORE',
    file: (value: string) => ({ store: value }),
    read: ({ store }: Configuration) => store.url,
    fallback: DEFAULT_STORE,
  },
  {
    name: 'the address',
    flag: (value: string) => ({ address: value }),
    variable: 'TEMPORAL_ADDRESS',
    file: (value: string) => ({ temporal: { address: value } }),
    read: ({ temporal }: Configuration) => temporal.address,
    fallback: undefined,
  },
  {
    name: 'the namespace',
    flag: (value: string) => ({ namespace: value }),
    variable: 'TEMPORAL_NAMESPACE',
    file: (value: string) => ({ temporal: { namespace: value } }),
    read: ({ temporal }: Configuration) => temporal.namespace,
    fallback: 'default',
  },
];

const value = fc.option(fc.string({ minLength: 1 }), { nil: undefined });

describe('the configuration', () => {
  for (const { name, flag, variable, file, read, fallback } of settings) {
    it(`takes ${name} from the flag, else the environment, else the file, else the default`, () => {
      fc.assert(
        fc.property(value, value, value, (typed, exported, written) => {
          const resolved = resolveConfiguration(
            typed === undefined ? {} : flag(typed),
            { [variable]: exported },
            written === undefined ? undefined : file(written),
            DEFAULT_STORE,
          );
          expect(read(resolved)).to.equal(typed ?? exported ?? written ?? fallback);
        }),
      );
    });
  }

  it('takes an empty variable for one that is not set', () => {
    const { store } = resolveConfiguration({}, { SER_STORE: '' }, { store: '/written' }, DEFAULT_STORE);
    expect(store.url).to.equal('/written');
  });

  it('takes threads from the flag, else the file, else one per core', () => {
    expect(resolveConfiguration({ threads: 3 }, {}, { threads: 5 }, DEFAULT_STORE).threads).to.equal(3);
    expect(resolveConfiguration({}, {}, { threads: 5 }, DEFAULT_STORE).threads).to.equal(5);
    expect(resolveConfiguration({}, {}, undefined, DEFAULT_STORE).threads).to.equal(0);
  });

  it('takes the S3 endpoint and region from the environment before the file', () => {
    const file = { s3: { endpoint: 'http://file:9000', region: 'file-1' } };
    expect(resolveConfiguration({}, {}, file, DEFAULT_STORE).store.s3).to.deep.equal(file.s3);
    const environment = { S3_ENDPOINT: 'http://env:9000', S3_REGION: 'env-1' };
    expect(resolveConfiguration({}, environment, file, DEFAULT_STORE).store.s3).to.deep.equal({
      endpoint: 'http://env:9000',
      region: 'env-1',
    });
  });

  it('takes credentials from the environment', () => {
    const environment = { S3_ACCESS_KEY: 'access', S3_SECRET_KEY: 'secret', S3_SESSION_TOKEN: 'session' };
    expect(resolveConfiguration({}, environment, undefined, DEFAULT_STORE).store.s3).to.deep.equal({
      accessKey: 'access',
      secretKey: 'secret',
      sessionToken: 'session',
    });
  });

  it('reads no variable that the list leaves out, and lists none that nothing reads', () => {
    const read = new Set<string>();
    const watched: Environment = new Proxy<Environment>(
      {},
      {
        get: (_, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    );
    resolveConfiguration({}, watched, undefined, DEFAULT_STORE);
    // The SDK reads TEMPORAL_API_KEY, the terminal NO_COLOR; client and worker tests hold them to it.
    expect([...read, 'TEMPORAL_API_KEY', 'NO_COLOR'].sort()).to.deep.equal([...ENVIRONMENT_VARIABLES].sort());
  });
});

describe('the configuration file', () => {
  const refused = (file: unknown) => failureOf(() => resolveConfiguration({}, {}, file, DEFAULT_STORE));

  it('is refused as BadConfig with the name of the setting that is wrong', async () => {
    for (const [file, setting] of [
      [{ store: 7 }, 'store:'],
      [{ temporal: { address: false } }, 'temporal.address:'],
      [{ threads: -1 }, 'threads:'],
      [{ threads: 2.5 }, 'threads:'],
      [{ traces: true }, 'traces:'],
    ] as const) {
      const failure = await refused(file);
      expect(failure.kind).to.equal('BadConfig');
      expect(failure.subject).to.equal('ser.config.json');
      expect(failure.what).to.match(new RegExp(`^${setting} `));
    }
  });

  it('is refused when it holds a setting that nobody knows, or is no object', async () => {
    expect((await refused({ stroe: '/x' })).what).to.contain('stroe');
    expect((await refused([])).kind).to.equal('BadConfig');
    expect((await refused('text')).kind).to.equal('BadConfig');
  });

  it('is refused when it holds credentials, which it does not repeat', async () => {
    const failure = await refused({ s3: { secretKey: 'marker-5521' } });
    expect(failure.remedy).to.contain('credentials belong in the environment');
    expect(`${failure.message} ${failure.remedy}`).not.to.contain('marker-5521');
  });
});
