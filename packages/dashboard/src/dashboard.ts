import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Recorder } from './figures/recorder.js'
import { Fleet } from './fleet/fleet.js'
import { loadAssets } from './http/assets.js'
import { Streams } from './http/streams.js'
import type { NextHandler } from './http/types.js'
import { type DashboardOptions, type OperatorRequest, parseOptions } from './options.js'
import { choosePeers } from './peers/choose-peers.js'
import { Site } from './site.js'

/** Handler of Express, Connect and `node:http`, mounted under any path. */
export interface Dashboard {
  (req: IncomingMessage, res: ServerResponse, next?: NextHandler): void
  /** Stops counting, ends the streams, and takes this process out of the sum. */
  close(): Promise<void>
}

/**
 * Shows what the caches do, with what they save, and purges pages: an operator's page. Counts from
 * its making on; without one the caches pay nothing. Processes that share a store, a bus or a
 * cluster are shown as one.
 *
 * @param options see `DashboardOptions`
 * @example app.use('/cache', dashboard({ authorize: (req) => req.user?.isAdmin === true }))
 * @throws SettingsError without `authorize`, or for an option that is unknown or not allowed
 */
export function dashboard<Q extends IncomingMessage = OperatorRequest>(
  options: DashboardOptions<Q>,
): Dashboard {
  return makeDashboard(options as unknown as DashboardOptions, () => Date.now())
}

/** As `dashboard`, with a clock. @param now milliseconds since the epoch */
export function makeDashboard(options: DashboardOptions, now: () => number): Dashboard {
  const parsed = parseOptions(options)
  const { caches, groups, maxRoutes, bus } = parsed
  const id = randomUUID()
  const recorder = new Recorder({ caches, groups, maxRoutes, id, now })
  const fleet = new Fleet(recorder, choosePeers({ id, bus, caches: recorder.caches, now }), now)
  const streams = new Streams(() => fleet.state(), now)
  const site = new Site({ ...parsed, fleet, recorder, streams, assets: loadAssets() })
  const handle = (req: IncomingMessage, res: ServerResponse, next?: NextHandler): void => {
    site.answer({ req, res }).catch((error: unknown) => {
      if (next !== undefined) return next(error)
      if (!res.headersSent) res.statusCode = 500
      res.end()
    })
  }
  const close = async (): Promise<void> => {
    streams.close()
    await fleet.close()
  }
  return Object.assign(handle, { close })
}
