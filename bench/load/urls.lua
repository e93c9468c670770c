-- Arguments: a path; or a prefix, 'count', and how many URLs (0: no end) to make by counting up behind the prefix.
local prefix, counting, limit, sent, done_with = nil, false, 0, 0, 0

function init(args)
  prefix = args[1]
  counting = args[2] == 'count'
  limit = tonumber(args[3] or '0')
  fixed = wrk.format('GET', prefix)
  if limit > 0 then response = count_down end
end

function request()
  if not counting then return fixed end
  sent = sent + 1
  return wrk.format('GET', prefix .. sent)
end

-- Set only for a limit: looking at every response costs the load generator much of its speed.
function count_down()
  done_with = done_with + 1
  if done_with >= limit then wrk.thread:stop() end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"micros":%d,"p99":%d,"failures":%d,"disconnects":%d}\n',
    summary.requests, summary.duration, latency:percentile(99),
    e.status + e.timeout + e.connect, e.read + e.write))
end
