/** What wrk and urls.lua do, for a number of requests or a machine without wrk: `node autocannon.mjs <JSON of a Load>`. */
import autocannon from 'autocannon'

const {
  origin,
  path,
  counting,
  random,
  limit = 0,
  closes,
  seconds,
  connections,
} = JSON.parse(process.argv[2])

let sent = 0
const nextPath = () => `${path}${counting ? ++sent : 1 + Math.floor(Math.random() * random)}`
const request =
  counting || random ? { setupRequest: (request) => ({ ...request, path: nextPath() }) } : { path }

const result = await autocannon({
  url: origin,
  connections,
  headers: closes ? { connection: 'close' } : {},
  ...(limit > 0 ? { amount: limit } : { duration: seconds }),
  requests: [request],
})

console.log(
  `RESULT ${JSON.stringify({
    requests: result.requests.total,
    micros: result.duration * 1e6,
    p99: result.latency.p99 * 1000,
    failures: result.non2xx + result.timeouts,
    disconnects: result.errors - result.timeouts,
  })}`,
)
