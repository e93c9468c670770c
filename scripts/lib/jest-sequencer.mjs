import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import TestSequencer from '@jest/test-sequencer'

/** What collects garbage, to see what is held: it takes ten times as long where a hundred files have left theirs. */
const COLLECTS = /--expose-gc/

/** What takes long for its size: servers and processes that are started, and time that passes on them. */
const WAITS =
  /test-support\/(servers|site-process|member|child)|\.\/databases\.js|\.\/command\.js|\.\/project\.js|child_process/

/** Files of a test's own, of which it consists: in its folder, or below it. */
const OWN_IMPORT = /from '(\.\/[^']+)\.js'/g

/** Bytes of a file and of its own files that it imports: a table of applications stands beside a test of three lines. */
function weightOf(path, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return 0
  seen.add(path)
  const text = readFileSync(path, 'utf8')
  const own = [...text.matchAll(OWN_IMPORT)].map(([, file]) => resolve(dirname(path), `${file}.ts`))
  return own.reduce((sum, file) => sum + weightOf(file, seen), text.length)
}

/** By how long files took before, as Jest has them, or by their weights where nothing was run before. */
function longestFirst(tests) {
  if (tests.some(({ duration }) => duration !== undefined)) return tests
  const weights = new Map(tests.map((test) => [test, weightOf(test.path)]))
  return tests.toSorted((a, b) => weights.get(b) - weights.get(a))
}

/**
 * Begins with the files that collect garbage, in workers that are new; those that wait for servers come next, so that
 * the others fill the time meanwhile and none is left alone at the end. Within each kind the longest come first.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const [collecting, waiting, computing] = [[], [], []]
    for (const test of longestFirst(super.sort(tests))) {
      const text = readFileSync(test.path, 'utf8')
      if (COLLECTS.test(text)) collecting.push(test)
      else if (WAITS.test(text)) waiting.push(test)
      else computing.push(test)
    }
    return [...collecting, ...waiting, ...computing]
  }
}
