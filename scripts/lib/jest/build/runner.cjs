/**
 * Runs a file of tests as Jest does, with an `expect` that is quick where it holds. Jest's makes 240 functions and an
 * error with its stack for each call: a quarter of the time of a test that compares ten thousand times. It stands below
 * `jest/build`, since Jest leaves such files out of the stacks that it shows.
 */
const { AsyncLocalStorage } = require('node:async_hooks')
const { createRequire } = require('node:module')
const { isRegExp } = require('node:util/types')

const ofJest = createRequire(require.resolve('jest'))
const { default: run } = ofJest('jest-circus/runner')
const equality = createRequire(ofJest.resolve('jest-circus/runner')).resolve('@jest/expect-utils')

/** Matchers, and whether they hold: as Jest's say, by its own comparison. undefined: Jest's is to say. */
const quickMatchers = ({ equals, iterableEquality }) => ({
  toBe: (actual, expected) => Object.is(actual, expected),
  toEqual: (actual, expected) => equals(actual, expected, [iterableEquality]),
  toContain: (actual, expected) =>
    typeof actual === 'string' && typeof expected === 'string' ? actual.includes(expected) : undefined,
  toMatch: (actual, expected) =>
    typeof actual === 'string' && isRegExp(expected) ? new RegExp(expected).test(actual) : undefined,
})

/** Returns what asks Jest's own matcher, which throws the error that tells the difference, when it does not hold. */
function quick(expect, holds) {
  const passed = () => {
    const state = expect.getState()
    state.assertionCalls += 1
    state.numPassingAsserts += 1
  }
  const get = ({ actual, isNot }, name) => {
    if (name === 'not' && !isNot) return new Proxy({ actual, isNot: true }, { get })
    const jests = () => (isNot ? expect(actual).not[name] : expect(actual)[name])
    const isHeld = Object.hasOwn(holds, name) ? holds[name] : undefined
    if (isHeld === undefined) return jests()
    return function matcher(...args) {
      try {
        if (args.length !== 1) return jests()(...args)
        const isSo = isHeld(actual, args[0])
        if (isSo === !isNot) return passed()
        const returned = jests()(...args)
        // An iterator, which has nothing left when it is compared again.
        if (isSo !== undefined) throw new Error(`${name}() did not hold, and does when it is asked again`)
        return returned
      } catch (error) {
        Error.captureStackTrace(error, matcher)
        throw error
      }
    }
  }
  const made = (...args) =>
    args.length === 1 ? new Proxy({ actual: args[0], isNot: false }, { get }) : expect(...args)
  return Object.assign(made, expect)
}

/** Contexts of asynchronous calls that the running file has used. */
const contexts = new Set()
for (const name of ['run', 'enterWith']) {
  const use = AsyncLocalStorage.prototype[name]
  AsyncLocalStorage.prototype[name] = function (...args) {
    contexts.add(this)
    return use.apply(this, args)
  }
}

/** Ends those of a file that is over. Before Node 24 each promise of the files after it takes longer by each of them. */
function endContexts() {
  for (const context of contexts) context.disable()
  contexts.clear()
}

module.exports = async (globalConfig, config, environment, runtime, ...rest) => {
  const set = runtime.setGlobalsForRuntime
  runtime.setGlobalsForRuntime = ({ expect, ...globals }) => {
    // Where another way to compare is added, Jest compares.
    const { addEqualityTesters: add } = expect
    const holds = quickMatchers(runtime.requireInternalModule(equality))
    const made = quick(expect, holds)
    made.addEqualityTesters = (testers) => {
      for (const name of Object.keys(holds)) delete holds[name]
      return add(testers)
    }
    return set.call(runtime, { ...globals, expect: made })
  }
  return run(globalConfig, config, environment, runtime, ...rest).finally(endContexts)
}
