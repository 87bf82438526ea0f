/** What KEDA 2.17 to 2.22 takes of the two kinds that are used here, by its documentation. Numbers in metadata are strings. */
const text = { type: 'string', minLength: 1 } as const;
const whole = { type: 'string', pattern: '^[0-9]+$' } as const;
const flag = { enum: ['true', 'false'] } as const;
const count = { type: 'integer', minimum: 0 } as const;

const metadata = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: text, namespace: text, labels: { type: 'object' }, annotations: { type: 'object' } },
} as const;

/** https://keda.sh/docs/2.22/scalers/temporal/ */
const temporalTrigger = {
  type: 'object',
  required: ['type', 'metadata'],
  additionalProperties: false,
  properties: {
    type: { const: 'temporal' },
    name: text,
    metricType: { enum: ['AverageValue', 'Value'] },
    authenticationRef: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: { name: text, kind: { enum: ['TriggerAuthentication', 'ClusterTriggerAuthentication'] } },
    },
    metadata: {
      type: 'object',
      required: ['endpoint', 'taskQueue'],
      additionalProperties: false,
      properties: {
        endpoint: { type: 'string', pattern: '^[a-z0-9.-]+:[0-9]+$' },
        namespace: text,
        taskQueue: text,
        queueTypes: { type: 'string', pattern: '^(workflow|activity|nexus)(,(workflow|activity|nexus))*$' },
        targetQueueSize: whole,
        activationTargetQueueSize: whole,
        workerDeploymentName: text,
        workerDeploymentBuildId: text,
        minConnectTimeout: whole,
        unsafeSsl: flag,
        tlsServerName: text,
      },
    },
  },
} as const;

/** https://keda.sh/docs/2.22/reference/scaledobject-spec/ */
const scaledObject = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'keda.sh/v1alpha1' },
    kind: { const: 'ScaledObject' },
    metadata,
    spec: {
      type: 'object',
      required: ['scaleTargetRef', 'triggers'],
      additionalProperties: false,
      properties: {
        scaleTargetRef: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: { apiVersion: text, kind: text, name: text, envSourceContainerName: text },
        },
        pollingInterval: count,
        cooldownPeriod: count,
        initialCooldownPeriod: count,
        idleReplicaCount: count,
        minReplicaCount: count,
        maxReplicaCount: count,
        fallback: { type: 'object', required: ['failureThreshold', 'replicas'] },
        advanced: {
          type: 'object',
          additionalProperties: false,
          properties: {
            restoreToOriginalReplicaCount: { type: 'boolean' },
            horizontalPodAutoscalerConfig: {
              type: 'object',
              additionalProperties: false,
              properties: { name: text, behavior: { type: 'object', properties: { scaleDown: { type: 'object' } } } },
            },
          },
        },
        triggers: { type: 'array', minItems: 1, items: temporalTrigger },
      },
    },
  },
} as const;

/** https://keda.sh/docs/2.22/concepts/authentication/, and the parameters that the scaler for Temporal takes. */
const triggerAuthentication = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'keda.sh/v1alpha1' },
    kind: { const: 'TriggerAuthentication' },
    metadata,
    spec: {
      type: 'object',
      required: ['secretTargetRef'],
      additionalProperties: false,
      properties: {
        secretTargetRef: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['parameter', 'name', 'key'],
            additionalProperties: false,
            properties: { parameter: { enum: ['apiKey', 'ca', 'cert', 'key', 'keyPassword'] }, name: text, key: text },
          },
        },
      },
    },
  },
} as const;

export const kedaSchema = { oneOf: [scaledObject, triggerAuthentication] };
