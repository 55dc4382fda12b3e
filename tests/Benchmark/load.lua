-- For wrk. Each request is made once, so that the load costs little; with KEYS each has an Idempotency-Key of its own.
-- METHOD, BODY and TOKEN come from the environment.
local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }
if os.getenv("BODY") then
  headers["Content-Type"] = "application/json"
end

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

local count, plain = 0, nil
function request()
  if os.getenv("KEYS") then
    count = count + 1
    headers["Idempotency-Key"] = os.getenv("KEYS") .. "-" .. number .. "-" .. count
    return wrk.format(os.getenv("METHOD"), nil, headers, os.getenv("BODY"))
  end
  plain = plain or wrk.format(os.getenv("METHOD"), nil, headers, os.getenv("BODY"))
  return plain
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    "result %d %d %d %d %d",
    summary.requests,
    summary.duration,
    latency:percentile(50),
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
