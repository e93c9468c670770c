-- Arguments: a path; or a prefix and 'count', for URLs that count up behind the prefix.
local prefix, counting, sent = nil, false, 0

function init(args)
  prefix = args[1]
  counting = args[2] == 'count'
  fixed = wrk.format('GET', prefix)
end

function request()
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
