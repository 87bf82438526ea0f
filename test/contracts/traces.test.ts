import { expect } from 'chai';
import type { Environment } from '../../core/contracts/configuration.js';
import { resolveTraces } from '../../core/contracts/traces.js';
import { failureOf } from '../support/failureOf.js';

function resolve(environment: Environment, flag?: string, file?: string) {
  return resolveTraces({ flag, file, variable: (name) => environment[name] });
}

describe('where traces go', () => {
  it('is nowhere when nobody names a collector', () => {
    expect(resolve({})).to.equal(undefined);
    expect(resolve({ OTEL_SERVICE_NAME: 'mine', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' })).to.equal(undefined);
  });

  it('is the flag over the environment over the file', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://environment:4318' };
    expect(resolve(environment, 'http://flag:4318', 'http://file:4318')!.url).to.equal('http://flag:4318/v1/traces');
    expect(resolve(environment, undefined, 'http://file:4318')!.url).to.equal('http://environment:4318/v1/traces');
    expect(resolve({}, undefined, 'http://file:4318')!.url).to.equal('http://file:4318/v1/traces');
  });

  it('is below the path of a collector for all signals, and at the path of one for traces', () => {
    const below = (url: string) => resolve({ OTEL_EXPORTER_OTLP_ENDPOINT: url })!.url;
    expect(below('https://host')).to.equal('https://host/v1/traces');
    expect(below('https://host/otlp/')).to.equal('https://host/otlp/v1/traces');
    const at = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://host/own/path',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://no',
    };
    expect(resolve(at)!.url).to.equal('https://host/own/path');
  });

  it('is the same when it is handed on as a flag', () => {
    for (const url of ['http://host:4318', 'http://host:4318/v1/traces', 'https://host/own?tenant=1']) {
      const once = resolve({}, url)!.url;
      expect(resolve({}, once)!.url).to.equal(once);
    }
  });

  it('is nowhere when the environment turns them off, unless the flag asks for them', () => {
    for (const off of [
      { OTEL_SDK_DISABLED: 'true' },
      { OTEL_TRACES_EXPORTER: 'none' },
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    ]) {
      const environment = { ...off, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://environment:4318' };
      expect(resolve(environment, undefined, 'http://file:4318')).to.equal(undefined);
      expect(resolve(environment, 'http://flag:4318')!.url).to.equal('http://flag:4318/v1/traces');
    }
  });

  it('is told the headers, those for traces before those for all', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://host',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20dXNlcjpwYXNz, x-tenant = a=b ,nothing',
    };
    expect(resolve(environment)!.headers).to.deep.equal({ authorization: 'Basic dXNlcjpwYXNz', 'x-tenant': 'a=b' });
    const { headers } = resolve({ ...environment, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'own=100%' })!;
    expect(headers).to.deep.equal({ own: '100%' });
  });

  it('is told the name of the service: its own variable, the attributes, ours', () => {
    const service = (environment: Environment) => resolve(environment, 'http://host')!.resource;
    expect(service({})).to.deep.equal({ 'service.name': 'ser' });
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,deployment.environment.name=test' };
    expect(service(attributes)).to.deep.equal({ 'service.name': 'theirs', 'deployment.environment.name': 'test' });
    expect(service({ ...attributes, OTEL_SERVICE_NAME: 'mine' })).to.include({ 'service.name': 'mine' });
  });

  it('is refused as BadConfig, named by where it was said and without repeating it, when it is no such address', async () => {
    for (const url of ['collector:4318', 'grpc://host:4317', 'http://user:marker@host', '']) {
      for (const [subject, work] of [
        ['--traces', () => resolve({}, url)],
        ['OTEL_EXPORTER_OTLP_ENDPOINT', () => resolve({ OTEL_EXPORTER_OTLP_ENDPOINT: url })],
        ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', () => resolve({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url })],
      ] as const) {
        const failure = await failureOf(work);
        expect(failure.kind, url).to.equal('BadConfig');
        expect(failure.subject).to.equal(subject);
        expect(JSON.stringify(failure)).not.to.contain('marker');
      }
    }
  });
});
