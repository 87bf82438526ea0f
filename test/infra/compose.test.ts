import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ENVIRONMENT_VARIABLES } from '../../core/contracts/configuration.js';
import { TASK_QUEUES, VERSION } from '../../core/contracts/names.js';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

type Service = {
  image: string;
  command?: string[];
  build?: string | { dockerfile: string };
  environment?: Record<string, string>;
  restart?: string;
  ports?: string[];
  volumes?: (string | { source: string })[];
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
};

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);
const ofThisProgram = services.filter(([, { image }]) => /^ser(-gpu)?:/.test(image));
const dockerfiles = ['infra/minio/Dockerfile', 'infra/ser/Dockerfile', 'infra/ser-gpu/Dockerfile'];

/** Names of the variables that Compose puts in, by how they are written: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`. */
const interpolated = [...text.matchAll(/\$\{([A-Z0-9_]+)(:[-?])?/g)].map(([, name = '', form = '']) => ({
  name,
  form,
}));
const documented = [...read('infra/.env.example').matchAll(/^(#?)([A-Z0-9_]+)=(.*)$/gm)];

describe('docker-compose.yml', () => {
  it('is valid by the schema of the compose specification', () => {
    const ajv = new Ajv2020({ strict: false });
    (formats as unknown as (ajv: Ajv2020) => void)(ajv);
    ajv.addFormat('duration', /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/);
    const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')) as object);
    expect(validate({ ...(parse(text, { merge: true }) as object) }), JSON.stringify(validate.errors)).to.equal(true);
  });

  it('sets no variable that the program does not read', () => {
    expect(ofThisProgram.map(([name]) => name)).to.deep.equal(['worker', 'gpu-worker']);
    const set = ofThisProgram.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(ENVIRONMENT_VARIABLES).to.include.members(set);
    expect(set).to.include.members(['SER_STORE', 'TEMPORAL_ADDRESS', 'S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY']);
  });

  it('takes from .env what infra/.env.example explains, and nothing else', () => {
    const explained = documented.map(([, , name]) => name);
    expect([...new Set(interpolated.map(({ name }) => name))].sort()).to.deep.equal(explained.sort());
  });

  it('has no default for a secret, and refuses to start without it', () => {
    const secrets = interpolated.filter(({ name }) => /KEY|SECRET|PASSWORD|TOKEN/.test(name));
    expect(new Set(secrets.map(({ name }) => name))).to.deep.equal(new Set(['S3_ACCESS_KEY', 'S3_SECRET_KEY']));
    for (const { name, form } of secrets) expect(form, name).to.equal(':?');
    for (const [, commented, name = '', value] of documented.filter(([, , name = '']) => /KEY/.test(name))) {
      expect({ name, commented, value }).to.deep.equal({ name, commented: '', value: '' });
    }
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/KEY|SECRET|PASSWORD|ROOT_USER/.test(name)) expect(value, name).to.match(/^\$\{S3_(ACCESS|SECRET)_KEY:\?/);
      }
    }
  });

  it('binds every port to loopback', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports).to.have.length(5);
    for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
  });

  it('pins every image, and the program to its own version', () => {
    for (const [name, { image }] of services) expect(image, name).to.match(/^[a-z/-]+:v?\d[\w.-]*$/);
    for (const [, { image }] of ofThisProgram) expect(image.split(':')[1]).to.equal(VERSION);
  });

  it('restarts what ends and watches over what goes on', () => {
    for (const [name, { restart, healthcheck }] of services) {
      if (name === 'temporal-settings') continue; // done once
      expect(restart, name).to.equal('unless-stopped');
      expect(healthcheck, name).to.have.property('test');
    }
  });

  it('waits for services that are there, on volumes that are declared', () => {
    for (const [name, { depends_on = {}, volumes = [] }] of services) {
      expect(Object.keys(compose.services), name).to.include.members(Object.keys(depends_on));
      for (const volume of volumes) {
        if (typeof volume === 'string') expect(compose.volumes, name).to.have.property(volume.split(':')[0] ?? '');
      }
    }
  });

  it('has workers poll the queues of this program', () => {
    const queues = ofThisProgram.map(([, { command = [] }]) => command[command.indexOf('--queues') + 1] ?? '');
    expect(queues[0]).to.equal(`\${WORKER_QUEUES:-${Object.values(TASK_QUEUES).join(',')}}`);
    expect(queues[1]).to.equal(TASK_QUEUES.train);
  });

  it('has Prometheus find every worker and the server at the ports where they tell their metrics', () => {
    type Scrape = { job_name: string; dns_sd_configs?: { names: string[]; port: number }[]; static_configs?: unknown };
    const { scrape_configs } = parse(read('infra/prometheus/compose.yml')) as { scrape_configs: Scrape[] };
    const [workers, temporal] = scrape_configs;
    const [{ names, port } = { names: [], port: 0 }] = workers!.dns_sd_configs ?? [];
    expect(names).to.deep.equal(ofThisProgram.map(([name]) => name));
    for (const [name, { command }] of ofThisProgram) {
      expect(command![command!.indexOf('--metrics') + 1], name).to.equal(`0.0.0.0:${port}`);
    }
    expect(compose.services['temporal']!.command).to.include('--metrics-port=9465');
    expect(temporal!.static_configs).to.deep.equal([{ targets: ['temporal:9465'] }]);
    type Jobs = { scrape_configs: { job_name: string; metric_relabel_configs: object }[] };
    const local = (parse(read('infra/prometheus/prometheus.yml')) as Jobs).scrape_configs;
    expect(temporal).to.deep.include({
      metric_relabel_configs: local.find(({ job_name }) => job_name === 'temporal')!.metric_relabel_configs,
    });
  });

  it('builds from Dockerfiles that are there', () => {
    const built = services.map(([, { build }]) =>
      typeof build === 'string' ? `${build}/Dockerfile` : build?.dockerfile,
    );
    expect(built.filter(Boolean)).to.have.members(dockerfiles);
    for (const path of dockerfiles) expect(existsSync(join(root, path)), path).to.equal(true);
  });
});

describe('a Dockerfile of infra/', () => {
  for (const path of dockerfiles) {
    it(`(${path}) pins its bases and ends as a user without rights`, () => {
      const lines = read(path).split('\n');
      const stages = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1] ?? '');
      for (const base of stages) expect(base).to.match(/^[a-z/]+:\d+\.\d+[\w.-]*$/);
      const users = lines.filter((line) => line.startsWith('USER '));
      expect(users).to.have.length(1);
      expect(users[0]).to.not.match(/root|\b0\b/);
    });

    it(`(${path}) sets no variable`, () => {
      expect(read(path)).to.not.match(/^ENV /m);
    });
  }

  it('starts the command that the build makes', () => {
    for (const path of dockerfiles.slice(1)) {
      const program = /^ENTRYPOINT \["node", "\/app\/dist\/(.*)\.js"\]$/m.exec(read(path))?.[1];
      expect(existsSync(join(root, `${program}.ts`)), path).to.equal(true);
    }
  });

  it('builds the MinIO version that the tests run against', () => {
    const pin = /v0\.0\.0-\d{14}-[0-9a-f]{12}/;
    expect(pin.exec(read('infra/minio/Dockerfile'))?.[0]).to.equal(pin.exec(read('tools/minio.mjs'))?.[0]);
  });
});
