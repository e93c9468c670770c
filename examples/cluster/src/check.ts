import { setTimeout as sleep } from 'node:timers/promises'
import { added, emptyTally, Load, type Tally } from './load.js'
import type { RedisCluster } from './redis-cluster.js'
import { until } from './redis-node.js'
import { visit } from './visitor.js'

const ARTICLES = 40
/** Milliseconds of a stretch of the load that is judged as a whole. */
const STRETCH = 500
/** Milliseconds that a request may take while a master is dead: an operation of the store takes 250 at the most, a page some. */
const BOUND = 5000

/** Milliseconds, of the tiered store: how long a page is near, and its server not asked. */
const NEAR_MS = 5000

/** Milliseconds within which every process has to show what another has changed: less than `NEAR_MS`. */
const TOLD_MS = 3000

/** What is checked: the servers, and the application in front of them. */
export interface Site {
  readonly base: string
  readonly redis: RedisCluster
  readonly workers: readonly number[]
}

/**
 * Shows under steady load that a Redis master can die: every request is answered, pages are hits again, and what is
 * purged is gone in every process, before and after.
 *
 * @returns a line for each thing that went wrong; none when all is well
 */
export async function check({ base, redis, workers }: Site): Promise<string[]> {
  const wrong: string[] = []
  const expect = (holds: boolean, what: string) => {
    console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`)
    if (!holds) wrong.push(what)
  }
  const load = new Load(base, ARTICLES)
  try {
    await allHits(load)
    console.log(`ok   ${ARTICLES} pages are hits in ${workers.length} processes`)
    expect(await reachesAll(base, workers, 'edit'), 'an edited page is new in every process')
    expect(await reachesAll(base, workers, 'purge'), 'a purged page is new in every process')
    expect(await reachesAll(base, workers, 'tag'), 'a page whose tag was purged is new in every process')

    load.take()
    await redis.masters[0]?.kill()
    const { during, milliseconds } = await outlive(load)
    console.log(
      `     a Redis master was killed; all pages were hits again after ${(milliseconds / 1000).toFixed(1)} s`,
    )
    const { requests, hits, lost, slowest } = during
    expect(lost === 0, `${lost} of ${requests} requests were lost meanwhile, ${hits} were hits`)
    expect(slowest < BOUND, `the slowest of them took ${slowest.toFixed(0)} ms`)
    expect(
      await reachesAll(base, workers, 'edit'),
      'an edited page is new in every process, without that master',
    )
    expect(load.take().lost === 0, 'no request was lost after it')
  } finally {
    await load.stop()
  }
  return wrong
}

/** Waits for a stretch of hits only. */
async function allHits(load: Load): Promise<void> {
  load.take()
  await until(async () => {
    await sleep(STRETCH)
    const { requests, hits } = load.take()
    return requests > 0 && hits === requests
  })
}

/** What happens from a master's death until a replica has taken its place and all pages are hits. */
async function outlive(load: Load): Promise<{ during: Tally; milliseconds: number }> {
  const started = performance.now()
  let during = emptyTally()
  let calm = 0
  // What is near hides for five seconds that the server is gone: so it must have gone well for longer.
  await until(async () => {
    await sleep(STRETCH)
    const tally = load.take()
    during = added(during, tally)
    calm = tally.requests > 0 && tally.hits === tally.requests ? calm + STRETCH : 0
    return calm >= NEAR_MS + STRETCH
  }, 60_000)
  return { during, milliseconds: performance.now() - started - calm }
}

const PAGE = '/articles/7'

/** What is sent to have it made anew. */
const ways = { edit: PAGE, purge: `/purge${PAGE}`, tag: '/purge/articles' }

/**
 * Whether a page that was changed is new in each process, and stays so. There are only so many articles: one of them is read by all
 * processes first, so that each has the old page near.
 */
async function reachesAll(
  base: string,
  workers: readonly number[],
  how: keyof typeof ways,
): Promise<boolean> {
  const path = PAGE
  await seenByAll(base, path, workers, () => true)
  const { revision } = await visit(base, path)
  // A purge alone shows nothing new: the article has to change behind the cache's back.
  if (how !== 'edit') await visit(base, `${path}?elsewhere`, 'POST')
  if ((await visit(base, path)).revision !== revision) return false
  const wanted = revision + 1
  await visit(base, ways[how], 'POST')
  // Sooner than they would look again by themselves.
  const told = await seenByAll(base, path, workers, (seen) => seen === wanted, TOLD_MS).catch(() => false)
  const later = await Promise.all(Array.from({ length: 40 }, () => visit(base, path)))
  return told && later.every(({ revision: seen }) => seen === wanted)
}

/** Reads a page until each process has shown such a revision of it. */
async function seenByAll(
  base: string,
  path: string,
  workers: readonly number[],
  holds: (revision: number) => boolean,
  milliseconds = 20_000,
): Promise<true> {
  const seen = new Set<string>()
  await until(async () => {
    const { worker, revision } = await visit(base, path)
    if (holds(revision)) seen.add(worker)
    return workers.every((pid) => seen.has(String(pid)))
  }, milliseconds)
  return true
}
