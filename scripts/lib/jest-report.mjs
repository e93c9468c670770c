import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { root } from './workspace.mjs'

/**
 * Writes the counts of a run, and the names of what did not pass, as JSON: jest's own `--json` ends without a report
 * where the error of a test refers to itself. To the file that SITECACHE_TEST_REPORT names.
 */
export default class Report {
  onRunComplete(_contexts, results) {
    const path = process.env.SITECACHE_TEST_REPORT
    if (path === undefined) return
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests } = results
    // A suite that could not be loaded, or a test that was skipped, is a failure: it proves nothing.
    const failed = numFailedTests + numRuntimeErrorTestSuites + numPendingTests
    const unproven = results.testResults.flatMap(unprovenOf)
    writeFileSync(path, JSON.stringify({ passed: numPassedTests, failed, unproven }))
  }
}

/** Names of the tests of a file that failed or were left out, which are far up in a long output. */
function unprovenOf({ testFilePath, testExecError, testResults }) {
  const titles = testResults.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName)
  const all = testExecError === undefined || testExecError === null ? titles : ['could not be run', ...titles]
  return all.map((title) => `${relative(root, testFilePath)}: ${title}`)
}
