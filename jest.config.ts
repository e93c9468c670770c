/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

/** Tests run on the sources as native ES modules, so that what they load is what the packages ship. */
const config: Config = {
  testEnvironment: 'node',
  // Servers and processes are started in tests, on machines that may be slow.
  testTimeout: 30_000,
  roots: ['<rootDir>/packages', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^@sitecache/test-support/(.+)$': '<rootDir>/test/support/$1.ts',
    '^@sitecache/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@sitecache/templates/([a-z]+)$': '<rootDir>/packages/templates/src/engines/$1.ts',
    '^@sitecache/core/testing$': '<rootDir>/packages/core/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
}

export default config
