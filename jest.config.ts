/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

/** Names of CommonJS, in which the packages are built, that ES modules have otherwise. */
const commonjs = { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' }

/**
 * Names of the language that CommonJS packages are given as parameters: in the context of a test each look at a global
 * goes through C++. Names that packages declare themselves (`const { Buffer } = require('buffer')`) can't be.
 */
const language = 'Array JSON Math Number Object Promise Reflect RegExp String Symbol'.split(' ')

/** Tests run on the sources as native ES modules, so that what they load is what the packages ship. */
const shared = {
  testRunner: '<rootDir>/scripts/lib/jest/build/runner.cjs',
  testEnvironment: 'node',
  cacheDirectory: 'node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript' },
          transform: { optimizer: { globals: { vars: commonjs } } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  sandboxInjectedGlobals: language,
  moduleNameMapper: {
    '^@sitecache/test-support/(.+)$': '<rootDir>/test/support/$1.ts',
    '^@sitecache/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@sitecache/templates/([a-z]+)$': '<rootDir>/packages/templates/src/engines/$1.ts',
    '^@sitecache/metrics/opentelemetry$': '<rootDir>/packages/metrics/src/opentelemetry/index.ts',
    '^@sitecache/metrics/internal$': '<rootDir>/packages/metrics/src/internal.ts',
    '^@sitecache/core/testing$': '<rootDir>/packages/core/src/testing/index.ts',
    '^@sitecache/core/(store|internal)$': '<rootDir>/packages/core/src/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
}

const config: Config = {
  // Servers and processes are started in tests, on machines that may be slow.
  testTimeout: 30_000,
  // Native ES modules of a file that has ended stay in memory, and slow a worker down. A new worker
  // takes a second of a processor, so that one has to last for more than a few files.
  workerIdleMemoryLimit: '700MB',
  testSequencer: '<rootDir>/scripts/lib/jest-sequencer.mjs',
  reporters: ['default', '<rootDir>/scripts/lib/jest-report.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      // No port, no process, no sleep: test/homes.test.ts says so.
      testMatch: ['<rootDir>/packages/*/src/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'server',
      testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
      // To the sources in one bundle, made once in a run.
      resolver: '<rootDir>/test/support/run/resolver.cjs',
      globalSetup: '<rootDir>/test/support/run/set-up.mjs',
      globalTeardown: '<rootDir>/test/support/run/tear-down.mjs',
    },
  ],
}

export default config
