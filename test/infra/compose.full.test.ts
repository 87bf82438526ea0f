import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const CHECKER = 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2';

/** Loads the file by the library that Compose itself is made of; its little program hands no variables on. */
function load(...flags: string[]) {
  return spawnSync('go', ['run', CHECKER, '--format', 'json', ...flags, 'docker-compose.yml'], {
    cwd: root,
    env: { ...process.env, GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
}

describe('docker-compose.yml, loaded by compose-go', function () {
  this.timeout(600_000);
  before(function () {
    if (spawnSync('go', ['version']).error) {
      console.error('SKIPPED, the compose file is checked by its schema only: no go on PATH');
      this.skip();
    }
  });

  it('is consistent', () => {
    const { status, stdout, stderr } = load('--no-interpolation');
    expect(status, stderr).to.equal(0);
    const { services } = JSON.parse(stdout) as { services: object };
    expect(services).to.have.all.keys(
      ...['temporal', 'temporal-settings', 'minio', 'worker', 'gpu-worker', 'prometheus', 'grafana'],
    );
  });

  it('is refused without the keys, with the name of the file that explains them', () => {
    const { status, stderr } = load();
    expect(status).to.not.equal(0);
    expect(stderr).to.contain('infra/.env.example');
  });
});
