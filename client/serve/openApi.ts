import { VERSION } from '../../core/contracts/names.js';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const failure = (description: string) => ({ description, ...json(reference('Failure')) });
const share = { type: 'number', minimum: 0, maximum: 1 };

const ANSWER = {
  emotion: { type: 'string' },
  probability: { ...share, description: 'of the emotion that is named' },
  probabilities: { type: 'object', additionalProperties: share, description: 'of every label; they add up to 1' },
};

/** What the server answers to, as OpenAPI 3.1. */
export function openApi(maxBytes: number): object {
  const binary = { type: 'string', format: 'binary' };
  const seconds = (name: string, description: string) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'number', exclusiveMinimum: 0 },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'ser serve', version: VERSION, description: 'The emotion of speech recordings.' },
    paths: {
      '/predict': {
        post: {
          summary: 'The emotion of a recording',
          description: `WAV, AIFF, FLAC, MP3, Ogg Vorbis or Ogg Opus, told by its content; at most ${maxBytes} bytes.`,
          parameters: [
            seconds('window', 'slide over the recording: an answer for every so many seconds'),
            seconds('hop', 'from one window to the next, at least 0.1; as long as a window when left out'),
          ],
          requestBody: {
            required: true,
            content: {
              'application/octet-stream': { schema: binary },
              'audio/*': { schema: binary },
              'multipart/form-data': { schema: { type: 'object', properties: { file: binary } } },
            },
          },
          responses: {
            200: { description: 'What the model says', ...json(reference('Prediction')) },
            400: failure('No recording, or a window that makes no sense'),
            403: failure('Asked by another name, or by a page of elsewhere'),
            408: failure('It took too long to arrive'),
            413: failure('The body is too large'),
            422: failure('The body is no usable recording'),
            429: failure('Too many requests; Retry-After says when to ask again'),
            503: failure(
              'Too many requests are under way, or there is no model yet; Retry-After says when to ask again',
            ),
            504: failure('It took too long'),
          },
        },
      },
      '/healthz': {
        get: { summary: 'Whether it lives, and which model it serves', responses: { 200: { description: 'It does' } } },
      },
      '/readyz': {
        get: {
          summary: 'Whether there is a model that answers',
          responses: { 200: { description: 'There is' }, 503: { description: 'There is none yet, and why' } },
        },
      },
      '/metrics': {
        get: {
          summary: 'Counts and latencies for Prometheus',
          responses: { 200: { description: 'Text format', content: { 'text/plain': { schema: { type: 'string' } } } } },
        },
      },
    },
    components: {
      schemas: {
        Prediction: {
          type: 'object',
          required: ['emotion', 'probability', 'probabilities', 'durationSeconds', 'warnings', 'model'],
          properties: {
            ...ANSWER,
            durationSeconds: { type: 'number' },
            warnings: { type: 'array', items: { type: 'string' } },
            model: { type: 'string', description: 'the key of the model that answered' },
            timeline: { type: 'array', items: reference('Span') },
          },
        },
        Span: {
          type: 'object',
          required: ['start', 'end'],
          properties: {
            start: { type: 'number', description: 'seconds' },
            end: { type: 'number', description: 'seconds' },
            ...ANSWER,
            error: { type: 'string', description: 'why there is no answer, instead of one' },
          },
        },
        Failure: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['kind', 'message'],
              properties: { kind: { type: 'string' }, message: { type: 'string' } },
            },
          },
        },
      },
    },
  };
}
