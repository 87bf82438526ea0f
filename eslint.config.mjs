import tseslint from 'typescript-eslint';
import { importX } from 'eslint-plugin-import-x';

/** Layers from top to bottom. A file may import from its own folder and from any layer strictly below it. */
const layers = [
  ['client'],
  ['worker'],
  ['workflows', 'activities'],
  ['core/corpora', 'core/features', 'core/training', 'core/reports'],
  ['core/audio', 'core/store', 'core/tracing'],
  ['core/contracts'],
];

/** Every (folder, forbidden folder) pair: the layers above, and the neighbours on the same layer. */
const zones = layers.flatMap((layer, depth) =>
  layer.map((folder) => ({
    target: `./${folder}`,
    from: [...layers.slice(0, depth).flat(), ...layer.filter((other) => other !== folder), 'test', 'bench'].map(
      (other) => `./${other}`,
    ),
    message:
      'Imports run downwards only, and never between neighbours: what two of them share lives in core/contracts.',
  })),
);

const workflowZone = {
  target: './workflows',
  from: [
    './core/corpora',
    './core/features',
    './core/training',
    './core/reports',
    './core/audio',
    './core/store',
    './core/tracing',
  ],
  message: 'Workflows are deterministic: they import core/contracts and @temporalio/workflow only.',
};

export default tseslint.config(
  { ignores: ['dist/**', 'dist.next/**', 'node_modules/**', '.ser/**', 'core/**/assembly/**'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: [...zones, workflowZone], basePath: import.meta.dirname }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.|@temporalio/(workflow|common)$)',
              message: 'Workflows import core/contracts and @temporalio/workflow only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['activities/*.ts'],
    ignores: ['activities/index.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\./(?!(dependencies|heartbeat)\\.js$|(jobs|objects)/)',
              message: 'Activities never import one another.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['client/**/*.ts', 'worker/**/*.ts', 'activities/**/*.ts', 'core/**/*.ts'],
    ignores: ['client/main.ts', 'worker/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the entry points read the environment; hand it in.' },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
