-- wrk's side of the measurement: one resident a request, each a person of their own.
--   wrk ... -s load.lua URL -- REQUEST_FILE FIRST_PERSON
-- REQUEST_FILE is a whole HTTP request in which \1 name \1 stands where something differs per person. All of it has a fixed width, so
-- Content-Length holds for every person.
local pieces, person = {}, 0

-- A number of the mock register (month + 60): nobody's. Serial and birth date walk through 16.8 million people.
local function identify(number)
  local serial, day = number % 1000, math.floor(number / 1000)
  local year, month = 50 + math.floor(day / 336) % 50, math.floor(day / 28) % 12 + 1
  day = day % 28 + 1
  local nine = string.format("%02d%02d%02d%03d", year, month + 60, day, serial)
  return string.format("%s%02d", nine, 97 - tonumber(nine) % 97), string.format("19%02d-%02d-%02d", year, month, day)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  person = tonumber(args[2])
  local at = 1
  while true do
    local from, to, name = text:find("\1(%a+)\1", at)
    if not from then break end
    pieces[#pieces + 1] = text:sub(at, from - 1)
    pieces[#pieces + 1] = name
    at = to + 1
  end
  pieces[#pieces + 1] = text:sub(at)
end

function request()
  person = person + 1
  local ssin, birth = identify(person)
  local values = {
    message = string.format("00000000-0000-4000-8000-%012x", person),
    number = string.format("F%08d", person),
    file = string.format("%08d", person),
    ssin = ssin,
    birth = birth,
  }
  local out = {}
  for i = 1, #pieces do out[i] = i % 2 == 1 and pieces[i] or values[pieces[i]] end
  return table.concat(out)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"max":%f,"refused":%d,"broken":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
