import { fileURLToPath } from 'node:url'

/** The workspace's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folder from which a program finds the packages as they are built, as an application would. */
export const testFolder = fileURLToPath(new URL('..', import.meta.url))

/** Folder from which a program finds the packages, as they are built, in one file, which it loads in half the time. */
export const programFolder = process.env.SITECACHE_TEST_PROGRAMS ?? testFolder
