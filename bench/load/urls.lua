-- Arguments: a path; a prefix and 'count', for URLs that count up behind the prefix; or a prefix and a number, for URLs
-- at random up to it.
local prefix, counting, most, sent = nil, false, nil, 0

function init(args)
  prefix = args[1]
  counting = args[2] == 'count'
  most = tonumber(args[2])
  fixed = wrk.format('GET', prefix)
end

function request()
  if most then return wrk.format('GET', prefix .. math.random(most)) end
  if not counting then return fixed end
  sent = sent + 1
  return wrk.format('GET', prefix .. sent)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"micros":%d,"p99":%d,"failures":%d,"disconnects":%d}\n',
    summary.requests, summary.duration, latency:percentile(99),
    e.status + e.timeout + e.connect, e.read + e.write))
end
