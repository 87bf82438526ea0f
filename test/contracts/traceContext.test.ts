import { expect } from 'chai';
import fc from 'fast-check';
import {
  formatTraceparent,
  isUnsampled,
  parseTraceparent,
  readCarrier,
  spanOfExecution,
} from '../../core/contracts/traceContext.js';

const hex = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((text) => /[1-9a-f]/.test(text));
const context = fc.record({ traceId: hex(32), spanId: hex(16) });

describe('trace context', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(context, (one) => {
        expect(parseTraceparent(formatTraceparent(one))).to.deep.equal(one);
      }),
    );
  });

  it('is what others write, whatever their version and flags', () => {
    const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    const expected = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
    expect(parseTraceparent(text)).to.deep.equal(expected);
  });

  it('is none where ids are all zeros, of another length or no hexadecimal digits', () => {
    for (const text of [
      undefined,
      '',
      '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
      '00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01',
      '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    ]) {
      expect(parseTraceparent(text), text).to.equal(undefined);
    }
  });

  it('is told not to be kept by its last flag, where there is one', () => {
    fc.assert(
      fc.property(context, fc.integer({ min: 0, max: 255 }), ({ traceId, spanId }, flags) => {
        const text = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
        expect(isUnsampled(text)).to.equal(flags % 2 === 0);
      }),
    );
    for (const text of [undefined, '', 'no trace 00']) expect(isUnsampled(text)).to.equal(false);
  });

  it('is none in a header that cannot be read', () => {
    const unreadable = () => {
      throw new Error('of an encoding that nobody knows');
    };
    expect(readCarrier(unreadable)).to.deep.equal({});
  });

  it('is none in a header that holds something else', () => {
    for (const carrier of [
      undefined,
      null,
      7,
      'text',
      [],
      {},
      { traceparent: 7, summary: [] },
      { traceparent: 'no' },
    ]) {
      expect(
        readCarrier(() => carrier),
        JSON.stringify(carrier),
      ).to.deep.equal({});
    }
  });
});

describe('the span of a workflow execution', () => {
  it('is the same for whoever replays it, and another one for another execution', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.option(context, { nil: undefined }), (runId, other, parent) => {
        fc.pre(runId.slice(19) !== other.slice(19));
        expect(spanOfExecution(runId, parent)).to.deep.equal(spanOfExecution(runId, parent));
        expect(spanOfExecution(runId, parent).spanId).not.to.equal(spanOfExecution(other, parent).spanId);
      }),
    );
  });

  it('has ids as others take them, in the trace of its parent if it has one', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.option(context, { nil: undefined }), (runId, parent) => {
        const span = spanOfExecution(runId, parent);
        expect(parseTraceparent(formatTraceparent(span))).to.deep.equal(span);
        if (parent !== undefined) expect(span.traceId).to.equal(parent.traceId);
      }),
    );
  });
});
