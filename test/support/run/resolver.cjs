/** Leads to the bundle of the packages' sources (`sources.mjs`) where tests import one of them. */
const { readFileSync } = require('node:fs')

let list

/** Sources that are bundled, and the files that stand for those that tests import. */
function sources() {
  const { bundled, inputs } = JSON.parse(readFileSync(process.env.SITECACHE_TEST_SOURCES, 'utf8'))
  return { bundled: new Map(Object.entries(bundled)), inputs: new Set(inputs) }
}

function bundleOf(path) {
  list ??= sources()
  if (!list.inputs.has(path)) return undefined
  // Of a run before this one, while Jest watches.
  if (!list.bundled.has(path)) list = sources()
  return list.bundled.get(path)
}

module.exports = (request, options) => {
  const path = options.defaultResolver(request, options)
  // Jest asks for its own modules before the run.
  if (process.env.SITECACHE_TEST_SOURCES === undefined) return path
  // What is required is made a CommonJS module, as which a source can be loaded and the bundle can't.
  const { conditions = [] } = options
  if (conditions.includes('require') && !conditions.includes('module-sync')) return path
  const found = bundleOf(path)
  if (found !== undefined) return found
  // Its state would be there twice.
  if (list.inputs.has(path))
    throw new Error(`${path} is bundled: import it by a string, as test/support/run/sources.mjs finds it`)
  return path
}
