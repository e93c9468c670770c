import { readFileSync } from 'node:fs'
import TestSequencer from '@jest/test-sequencer'

/** What takes long for its size: servers and processes that are started, and time that passes on them. */
const WAITS =
  /test-support\/(servers|site-process|member|child)|\.\/databases\.js|\.\/command\.js|\.\/project\.js|child_process/

/**
 * Begins with the files that wait for servers, so that the others fill the time meanwhile and none is left alone at the
 * end; within each kind jest goes by how long a file took before, or by its size.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const [waiting, computing] = [[], []]
    for (const test of super.sort(tests)) {
      if (WAITS.test(readFileSync(test.path, 'utf8'))) waiting.push(test)
      else computing.push(test)
    }
    return [...waiting, ...computing]
  }
}
