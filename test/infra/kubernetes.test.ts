import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { ENVIRONMENT_VARIABLES } from '../../core/contracts/configuration.js';
import { TASK_QUEUES, VERSION } from '../../core/contracts/names.js';
import { repository } from '../support/folders.js';
import { kedaSchema } from './kedaSchema.js';

const folder = join(repository, 'infra', 'kubernetes');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

type Container = {
  name: string;
  image: string;
  args?: string[];
  command?: string[];
  envFrom: object[];
  resources: { requests: Record<string, string>; limits: Record<string, string | number> };
  securityContext: object;
  volumeMounts?: { name: string; mountPath: string }[];
  ports?: { containerPort: number }[];
  lifecycle?: { preStop: { exec: { command: string[] } } };
};
type PodSpec = {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  securityContext: object;
  nodeSelector?: Record<string, string>;
  initContainers?: Container[];
  containers: Container[];
  volumes: { name: string }[];
  terminationGracePeriodSeconds: number;
};
type Resource = {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: {
    template?: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: PodSpec;
    };
    selector?: { matchLabels: Record<string, string> };
  };
};
type Scaled = {
  scaleTargetRef: { name: string };
  minReplicaCount: number;
  maxReplicaCount: number;
  triggers: { metadata: Record<string, string>; authenticationRef: { name: string } }[];
};
type Policy = { spec: { podSelector: object; policyTypes: string[]; ingress?: object[]; egress?: object[] } };

const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as {
  namespace: string;
  resources: string[];
  images: { name: string; newTag: string }[];
};
const documentsOf = (file: string) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { merge: true }).map(
    (document) => document.toJS() as Resource,
  );
const resources = kustomization.resources.flatMap(documentsOf);
const ofKind = (kind: string) => resources.filter((resource) => resource.kind === kind);
const deployments = ofKind('Deployment');
const workers = deployments.filter(({ metadata }) => metadata.labels!['app.kubernetes.io/component'] === 'worker');
const pods = [...deployments, ...ofKind('Job')].map(({ metadata, spec }) => ({
  name: metadata.name,
  ...spec!.template!,
}));
const containers = pods.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers]);
const [settings] = ofKind('ConfigMap');
const [secret] = documentsOf('secret.example.yaml');

describe('infra/kubernetes', () => {
  it('is applied as a whole, but for the example of a secret', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(kustomization.resources).to.have.members(
      files.filter((name) => !['kustomization.yaml', 'secret.example.yaml'].includes(name)),
    );
    expect(kustomization.namespace).to.equal(ofKind('Namespace')[0]!.metadata.name);
  });

  it('has a deployment of workers for each queue, which KEDA scales by the backlog of that queue', () => {
    const queueOf = ({ args = [] }: Container) => args[args.indexOf('--queues') + 1];
    const served = new Map(
      workers.map(({ metadata, spec }) => [metadata.name, queueOf(spec!.template!.spec.containers[0]!)]),
    );
    expect([...served.values()]).to.have.members(Object.values(TASK_QUEUES));
    const scaled = ofKind('ScaledObject').map(({ spec }) => spec as unknown as Scaled);
    expect(scaled.map(({ scaleTargetRef }) => scaleTargetRef.name)).to.have.members([...served.keys()]);
    for (const { scaleTargetRef, triggers, minReplicaCount, maxReplicaCount } of scaled) {
      const { taskQueue, endpoint, namespace, queueTypes } = triggers[0]!.metadata;
      expect(taskQueue).to.equal(served.get(scaleTargetRef.name));
      expect({ endpoint, namespace }).to.deep.equal({
        endpoint: settings!.data!['TEMPORAL_ADDRESS'],
        namespace: settings!.data!['TEMPORAL_NAMESPACE'],
      });
      expect(queueTypes).to.equal(taskQueue === TASK_QUEUES.main ? 'workflow,activity' : 'activity');
      expect(minReplicaCount, '`ser run` looks for workers first').to.be.within(1, maxReplicaCount);
      expect(triggers[0]!.authenticationRef.name).to.equal(ofKind('TriggerAuthentication')[0]!.metadata.name);
    }
  });

  it('is valid by the schemas of KEDA', () => {
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(kedaSchema);
    const keda = [...ofKind('ScaledObject'), ...ofKind('TriggerAuthentication')];
    expect(keda).to.have.length(4);
    for (const resource of keda) expect(validate(resource), JSON.stringify(validate.errors)).to.equal(true);
    const wrong = structuredClone(keda[0]!) as unknown as { spec: Scaled };
    wrong.spec.triggers[0]!.metadata['queueName'] = 'ser';
    expect(validate(wrong)).to.equal(false);
  });

  it('trains on a node with a GPU, and nothing else does', () => {
    for (const { name, spec } of pods) {
      const gpu = spec.containers[0]!.resources.limits['nvidia.com/gpu'];
      expect(gpu, name).to.equal(name === 'ser-worker-train' ? 1 : undefined);
      expect(spec.nodeSelector !== undefined, name).to.equal(gpu === 1);
    }
  });

  it('runs everything as a user without rights on a read-only root, with limits and without a token', () => {
    for (const { name, spec } of pods) {
      expect(spec.securityContext, name).to.deep.include({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.automountServiceAccountToken, name).to.equal(false);
    }
    for (const { name, securityContext, resources: wanted } of containers) {
      expect(securityContext, name).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(wanted.requests, name).to.include.keys('cpu', 'memory');
      expect(wanted.limits, name).to.include.keys('memory');
    }
    expect(ofKind('Namespace')[0]!.metadata.labels).to.include({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('gives every container what it mounts, and the working folder of the image among it', () => {
    for (const { spec } of pods) {
      const volumes = spec.volumes.map(({ name }) => name);
      for (const { volumeMounts = [] } of spec.containers) {
        expect(volumes).to.include.members(volumeMounts.map(({ name }) => name));
        expect(volumeMounts.map(({ mountPath }) => mountPath)).to.include('/work');
      }
    }
    expect(read('infra/ser/Dockerfile')).to.match(/^WORKDIR \/work$/m);
  });

  it('sets only what the program reads, credentials in the secret alone, none of them filled in', () => {
    const plain = Object.keys(settings!.data!);
    const credentials = Object.entries(secret!.stringData!);
    expect(ENVIRONMENT_VARIABLES).to.include.members([...plain, ...credentials.map(([name]) => name)]);
    for (const name of plain) expect(name).to.not.match(/KEY|TOKEN|SECRET/);
    for (const [name, value] of credentials) expect({ name, value }).to.deep.equal({ name, value: '' });
    for (const { name, envFrom } of containers) {
      expect(envFrom, name).to.deep.equal([
        { configMapRef: { name: settings!.metadata.name } },
        { secretRef: { name: secret!.metadata.name } },
      ]);
    }
  });

  it('lets in those alone who ask for predictions and metrics, and out only to names, Temporal, the store, and the world for those that fetch', () => {
    const policies = ofKind('NetworkPolicy').map((policy) => policy as unknown as Policy);
    const [nothing, inside, world, metrics, predictions] = policies.map(({ spec }) => spec);
    expect(nothing).to.deep.equal({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const ports = (egress: object[] = []) =>
      JSON.stringify(egress)
        .match(/"port":\d+/g)!
        .map((text) => Number(text.slice(7)));
    expect(ports(inside!.egress)).to.deep.equal([53, 53, 7233, 9000]);
    expect(ports(world!.egress)).to.deep.equal([443]);
    expect(policies.filter(({ spec }) => spec.ingress !== undefined)).to.deep.equal(policies.slice(3));
    expect(ports(metrics!.ingress)).to.deep.equal([9464]);
    expect(metrics!.podSelector).to.deep.equal({ matchLabels: { 'app.kubernetes.io/component': 'worker' } });
    expect(ports(predictions!.ingress)).to.deep.equal([8787]);
    expect(predictions!.podSelector).to.deep.equal({ matchLabels: { 'app.kubernetes.io/name': 'ser-serve' } });
    expect(world!.podSelector).to.deep.equal({ matchLabels: { 'app.kubernetes.io/name': 'ser-worker' } });
  });

  it('takes the images of this version, and selects the pods that it makes', () => {
    expect(kustomization.images.map(({ name }) => name)).to.have.members([
      ...new Set(containers.map(({ image }) => image)),
    ]);
    for (const { newTag } of kustomization.images) expect(newTag).to.equal(VERSION);
    for (const { spec } of deployments) expect(spec!.template!.metadata.labels).to.include(spec!.selector!.matchLabels);
  });

  it('watches over what serves by its health, and over no worker', () => {
    for (const { name, spec } of pods) {
      const probes = Object.entries(spec.containers[0]!).filter(([key]) => key.endsWith('Probe'));
      expect(probes.length, name).to.equal(name === 'ser-serve' ? 3 : 0);
      for (const [key, probe] of probes) {
        const path = key === 'readinessProbe' ? '/readyz' : '/healthz'; // without a model it lives, and takes no requests
        expect(probe).to.have.nested.property('httpGet.path', path);
      }
    }
  });

  it('has Prometheus find the metrics of all that goes on, at a port that it has', () => {
    for (const { metadata, spec } of deployments) {
      const { annotations = {} } = spec!.template!.metadata;
      const [{ args = [], ports = [] } = {}] = spec!.template!.spec.containers;
      expect(annotations['prometheus.io/scrape'], metadata.name).to.equal('true');
      expect(ports.map(({ containerPort }) => String(containerPort))).to.deep.equal([
        annotations['prometheus.io/port'],
      ]);
      const told = workers.some((worker) => worker.metadata.name === metadata.name);
      expect(args.includes('0.0.0.0:9464'), metadata.name).to.equal(told);
    }
  });

  it('uses as many threads as it may have cores, whatever the machine has', () => {
    for (const { metadata, spec } of deployments) {
      const [{ args = [], resources: wanted } = {}] = spec!.template!.spec.containers;
      const threads = Number(args[args.indexOf('--threads') + 1]);
      expect(threads, metadata.name).to.equal(Number(wanted!.limits['cpu'] ?? 2));
    }
  });

  it('takes pods away one at a time, and gives each longer to end than it takes', () => {
    const budgets = ofKind('PodDisruptionBudget').map(({ spec }) => spec!);
    expect(budgets.map(({ selector }) => selector)).to.have.deep.members(deployments.map(({ spec }) => spec!.selector));
    for (const budget of budgets) expect(budget).to.have.property('maxUnavailable', 1);
    const [serve] = deployments.filter(({ metadata }) => metadata.name === 'ser-serve');
    const { terminationGracePeriodSeconds, containers: served } = serve!.spec!.template!.spec;
    const grace = Number(/GRACE_MS = (\d+)_000/.exec(read('client/commands/serve.ts'))![1]);
    const [, wait] = served[0]!.lifecycle!.preStop.exec.command;
    expect(terminationGracePeriodSeconds).to.be.above(Number(wait) + grace);
  });

  it('sets up by a program that is in the image', () => {
    const [{ command = [] } = {}] = pods.find(({ name }) => name === 'ser-setup')!.spec.initContainers!;
    expect(command).to.deep.equal(['node', '/app/tools/register-search-attributes.mjs']);
    expect(read('infra/ser/Dockerfile')).to.contain('/app/tools/register-search-attributes.mjs /app/tools/');
    expect(read('infra/ser/Dockerfile.dockerignore')).to.contain('!tools/register-search-attributes.mjs');
  });
});
