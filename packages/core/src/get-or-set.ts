import type { Source } from './cache-options.js'
import { type CacheValues, type Found, isNothing, type Wanted } from './cache-values.js'
import type { Flights, Landed } from './flights.js'
import type { Meter } from './meter.js'
import { seal } from './value-header.js'

/** What `getOrSet` works with. */
export interface Parts {
  readonly values: CacheValues
  readonly flights: Flights<Landed>
  readonly meter: Meter
}

/** How often one who waited for a value that was purged meanwhile waits for another, before computing it alone. */
const WAITS = 3

/** The value of a key, or what the source makes of it, computed once for all who ask meanwhile. */
export async function getOrSet(wanted: Wanted, source: Source<unknown>, parts: Parts): Promise<unknown> {
  const { fullKey, tags } = wanted
  const { values, flights, meter } = parts
  const count = (value: unknown, hit: boolean) => {
    if (hit) meter.hit(fullKey)
    else meter.miss(fullKey)
    return value
  }
  for (let wait = 0; ; wait++) {
    // With tags, everybody reads: what another read or computes may have been purged before this call began.
    const found = tags.length === 0 ? undefined : await read(fullKey, values)
    if (found !== undefined) return count(found.own.value, true)
    let own: Found | undefined
    const run = async (flight: { readonly fenced: boolean }) => {
      const landed = await land(wanted, source, values, flight)
      own = landed.own
      return landed
    }
    const landed = await (wait < WAITS ? flights.join(fullKey, run) : run({ fenced: false }))
    if (own !== undefined) return count(own.value, landed.hit)
    if (!(await isValid(fullKey, landed, values))) continue
    // Each that waited gets a copy of its own: one that changes it must not change it for the others.
    return count(landed.body && values.decode(landed.body)?.value, landed.hit)
  }
}

interface Landing extends Landed {
  readonly own: Found
}

async function read(fullKey: string, values: CacheValues): Promise<Landing | undefined> {
  const reading = await values.reader.read(fullKey)
  const own = reading === undefined || reading.isStale ? undefined : values.decode(reading.body)
  if (reading === undefined || own === undefined) return undefined
  const { body, header } = reading
  return { body, hit: true, tags: header?.tags ?? [], since: header?.since ?? 0, own }
}

async function land(
  wanted: Wanted,
  source: Source<unknown>,
  values: CacheValues,
  flight: { readonly fenced: boolean },
): Promise<Landing> {
  const { fullKey, tags, timeout } = wanted
  // Before the computation: a purge while it runs makes its value void.
  const [found, header] = await Promise.all([read(fullKey, values), values.header(wanted)])
  if (found !== undefined) return found
  const since = header?.since ?? 0
  const own = { value: await (typeof source === 'function' ? source() : source) }
  if (own.value === undefined) return { body: undefined, hit: false, tags, since, own }
  const body = values.encode(own.value)
  // Written or cleared while it was computed: what is there is newer.
  if (!flight.fenced && !isNothing(timeout)) await values.put(fullKey, seal(body, header), timeout)
  return { body, hit: false, tags, since, own }
}

/** Whether what was computed for another may be answered to one who asked since it began. */
async function isValid(fullKey: string, { tags, since }: Landed, { clock }: CacheValues): Promise<boolean> {
  if (tags.length === 0) return true
  const epoch = await clock.now()
  return (await clock.verdict({ key: fullKey, tags, since }, epoch)) === 'valid'
}
