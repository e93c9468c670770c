import { broadPurges } from './broad-purges.js'
import { compression } from './compression.js'
import { evictedUnused } from './evicted-unused.js'
import { expireTogether } from './expire-together.js'
import { hosts } from './hosts.js'
import { maxVariants } from './max-variants.js'
import { privatePages } from './private-pages.js'
import { queryOrder } from './query-order.js'
import { queryParameters } from './query-parameters.js'
import { robots } from './robots.js'
import type { Rule } from './rule.js'
import { setCookie } from './set-cookie.js'
import { shortLifetime } from './short-lifetime.js'
import { slowExpiry } from './slow-expiry.js'
import { slowStore } from './slow-store.js'
import { smallStore } from './small-store.js'
import { stampedes } from './stampedes.js'
import { vary } from './vary.js'
import { varyCookie } from './vary-cookie.js'

/** All rules, in the order of the guide. */
export const RULES: readonly Rule[] = [
  setCookie,
  privatePages,
  queryParameters,
  queryOrder,
  vary,
  varyCookie,
  maxVariants,
  shortLifetime,
  evictedUnused,
  smallStore,
  stampedes,
  slowExpiry,
  expireTogether,
  broadPurges,
  compression,
  slowStore,
  hosts,
  robots,
]
