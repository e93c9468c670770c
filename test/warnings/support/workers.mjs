// Primary and worker of a cluster: the worker makes a site's cache in the store that STORE names.
import cluster from 'node:cluster'

if (cluster.isPrimary && process.env.ALONE === undefined) {
  cluster.fork().on('exit', (code) => process.exit(code ?? 1))
} else {
  const { createCaches, memoryStore, siteCache, tieredStore } = await import('@sitecache/express')
  const { fileStore } = await import('@sitecache/file')
  const stores = {
    memory: () => memoryStore(),
    file: () => fileStore(process.env.FOLDER),
    tiered: () => tieredStore(memoryStore(), fileStore(process.env.FOLDER)),
  }
  const store = stores[process.env.STORE]()
  const warnings = JSON.parse(process.env.WARNINGS ?? '{}')
  siteCache({ caches: createCaches({ default: { store, keyPrefix: 'shop' } }), warnings })
  siteCache({ caches: createCaches({ default: { store: stores[process.env.STORE](), keyPrefix: 'shop' } }) })
  setImmediate(() => process.exit(0))
}
