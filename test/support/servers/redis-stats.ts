import type { RedisServer } from './redis.js'

/** How often each command ran on a server while something was done, those of connecting left out. */
export async function commandsOf(
  server: RedisServer,
  run: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await counts(server)
  await run()
  const after = await counts(server)
  const difference = [...after].map(([name, count]): [string, number] => [
    name,
    count - (before.get(name) ?? 0),
  ])
  return Object.fromEntries(difference.filter(([name, count]) => count > 0 && !OF_CONNECTIONS.test(name)))
}

const OF_CONNECTIONS = /^(hello|auth|select|client|info|ping|readonly|cluster|command|replconf|psync)/

async function counts(server: RedisServer): Promise<Map<string, number>> {
  const info = String(await server.ask('INFO', 'commandstats'))
  const lines = info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)
  return new Map(Array.from(lines, ([, name = '', calls]) => [name, Number(calls)]))
}
