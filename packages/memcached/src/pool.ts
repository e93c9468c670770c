import { StoreError } from '@sitecache/core/store'
import { LostError } from './connection.js'
import type { Deletions } from './pending-deletes.js'
import { Ring } from './ring.js'
import type { ServerEntries } from './server-entries.js'
import { wireKey } from './wire-key.js'

/**
 * Servers, each with its share of the keys; a dead one's share belongs to the others until it is
 * back.
 */
export class Pool {
  readonly members: readonly ServerEntries[]
  readonly #ring: Ring<ServerEntries>

  constructor(members: readonly ServerEntries[]) {
    this.members = members
    this.#ring = new Ring(new Map(members.map((member) => [member.server.name, member])))
    for (const member of members) member.server.onReturn = (deletions) => this.#forget(member, deletions)
  }

  /** Runs a read on the server of the key. */
  read<T>(key: string, run: (entries: ServerEntries) => Promise<T>): Promise<T> {
    return this.#run(
      () => this.#memberOf(key),
      run,
      () => {},
    )
  }

  /** As `read`, for a change of the entry: other servers must not return an old one later. */
  write<T>(key: string, run: (entries: ServerEntries) => Promise<T>): Promise<T> {
    const wire = wireKey(key)
    const route = () => {
      const target = this.#memberOf(key)
      for (const { server } of this.members)
        if (!server.isAlive && server !== target.server) server.pendingDeletes.addKey(wire)
      return target
    }
    return this.#run(route, run, (target) => target.server.pendingDeletes.addKey(wire))
  }

  /** Runs a function on each server that has some of the keys. */
  async readMany<T>(
    keys: readonly string[],
    run: (entries: ServerEntries, keys: readonly string[]) => Promise<T>,
  ): Promise<T[]> {
    const groups = new Map<ServerEntries, string[]>()
    for (const key of keys) {
      const member = this.#memberOf(key)
      const group = groups.get(member)
      if (group === undefined) groups.set(member, [key])
      else group.push(key)
    }
    return Promise.all(
      [...groups.values()].map((group) => this.read(group[0] ?? '', (entries) => run(entries, group))),
    )
  }

  /**
   * Clears all servers, a dead one when it is back.
   *
   * @throws the first error, after all servers were tried
   */
  async clear(prefix: string): Promise<void> {
    const results = await Promise.allSettled(
      this.members.map((member) =>
        this.#run(
          () => member,
          (entries) => entries.clear(prefix),
          () => member.server.pendingDeletes.addPrefix(prefix),
        ),
      ),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  close(): void {
    for (const { server } of this.members) server.close()
  }

  /**
   * Runs an operation. When a server dies, the first operation fails, so that the fault is
   * reported; the others are retried on the keys' new servers.
   */
  async #run<T>(
    route: () => ServerEntries,
    run: (entries: ServerEntries) => Promise<T>,
    failed: (target: ServerEntries) => void,
  ): Promise<T> {
    for (;;) {
      const target = route()
      try {
        return await run(target)
      } catch (error) {
        if (!(error instanceof LostError)) throw error
        failed(target)
        if (error.reported && this.members.length > 1) continue
        error.reported = true
        throw error
      }
    }
  }

  #memberOf(key: string): ServerEntries {
    for (const { server } of this.members) server.retryIfDue()
    const member =
      this.#ring.find(key, ({ server }) => server.isAlive) ??
      this.#ring.find(key, ({ server }) => server.mayBeAsked)
    if (member !== undefined) return member
    throw new StoreError(`no memcached answers: ${this.members.map(({ server }) => server.name).join(', ')}`)
  }

  /**
   * Removes entries that other servers took over while one was dead: they must not be found when it
   * dies again.
   */
  #forget(back: ServerEntries, { keys, everything }: Deletions): void {
    for (const member of this.members) {
      if (member === back) continue
      member.server.pendingDeletes.addAll({ keys, everything, prefixes: [] })
      if (member.server.isAlive) void member.server.applyPendingDeletes()
    }
  }
}
