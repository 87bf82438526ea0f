import { expect } from 'chai';
import { resolveConfiguration } from '../../core/contracts/configuration.js';
import { tracesId } from '../../worker/localWorker.js';

const idOf = (variables: Record<string, string>) =>
  tracesId(
    resolveConfiguration({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', ...variables }, {}, '/store'),
  );

describe('where a worker sends its traces', () => {
  const plain = idOf({});

  it('is the same for shells that say other things of themselves', () => {
    expect(idOf({ OTEL_RESOURCE_ATTRIBUTES: 'team=speech' })).to.equal(plain);
    expect(idOf({ OTEL_SERVICE_NAME: 'mine' })).to.equal(plain);
    const [one, other] = ['a=1,b=2', 'b=2,a=1'].map((headers) => idOf({ OTEL_EXPORTER_OTLP_HEADERS: headers }));
    expect(one).to.equal(other);
  });

  it('is another for another collector, for other headers, and for none', () => {
    const ids = [
      plain,
      idOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4318' }),
      idOf({ OTEL_EXPORTER_OTLP_HEADERS: 'key=secret' }),
      idOf({ OTEL_SDK_DISABLED: 'true' }),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.at(-1)).to.equal('');
    expect(ids.join()).not.to.contain('secret');
  });
});
