-- SPDX-License-Identifier: BSD-3-Clause
-- A server that holds 10,000 idle connections: what one of them costs.

local sss = require "sss"
local t = require "harness"

local COUNT, BUSY = 10000, 64

-- The process of the clients: opens idle connections, then holds a conversation on some more.
local clients = [[
local sss = require "sss"
local address, count = ...
local idle = {}
for i = 1, count do
  idle[i] = sss.connect(address)
  if i %% 500 == 0 then idle[i]:send("there\n") idle[i]:receive() end
end
print("connected")
io.stdout:flush()
local control = sss.connect(address)
control:send("measure\n")
control:receive()
local busy, answers = {}, 0
for i = 1, %d do
  busy[i] = sss.spawn(function()
    local s = sss.connect(address)
    for n = 1, 50 do
      s:send(n .. "\n")
      if s:receive() == n .. "\n" then answers = answers + 1 end
    end
    s:close()
  end)
end
for _, task in ipairs(busy) do task:join() end
print("answers " .. answers)
io.stdout:flush()
os.exit(0)]]

-- User memory of this process in bytes: what it has touched itself.
local function user_memory()
    collectgarbage()
    collectgarbage()
    return t.status_kb("RssAnon") * 1024
end

-- Functions that wait as deep in their coroutine as a handler's client:receive() does: the
-- server's function, xpcall, the handler, receive and what is around it, a C function.
local shape = {}

function shape.c_function(...)
    string.format("%s", ...)
    return shape, ...
end

function shape.settle(...)
    if (...) ~= shape then return ... end
    return coroutine.yield(shape)
end

function shape.receive(...) return shape.settle(shape.c_function(...)) end

function shape.handler(client)
    local line = shape.receive(client, "L")
    while line do line = shape.receive(client, line) end
end

function shape.run(server, client, address)
    local ok, err = xpcall(shape.handler, shape.settle, client, address)
    return server, ok, err
end

-- What each of COUNT coroutines of this shape costs: the thread and its stack.
local function coroutine_cost()
    local kept, before = {}, nil
    for i = 1, COUNT do kept[i] = false end
    jit.off() -- compiled code would need less of the stack
    collectgarbage()
    before = collectgarbage("count")
    for i = 1, COUNT do
        kept[i] = coroutine.create(shape.run)
        coroutine.resume(kept[i], "server", "client", "address")
    end
    collectgarbage()
    jit.on()
    return (collectgarbage("count") - before) * 1024 / COUNT
end

-- Does the kernel give pages of 2 MiB to those who touch 4 KiB?
local function has_huge_pages()
    local file = io.open("/sys/kernel/mm/transparent_hugepage/enabled")
    local text = file and file:read("*a") or ""
    if file then file:close() end
    return text:find("[always]", 1, true) ~= nil
end

t.test("10,000 idle connections cost under 1 KiB each, their coroutines included", function()
    if t.sanitized then t.skip("a sanitizer changes what memory costs") end
    local limit = tonumber((t.output_of("ulimit -n"):match("%d+")))
    if limit and limit < COUNT + 200 then t.skip("only " .. limit .. " descriptors here") end
    local per_coroutine = coroutine_cost()
    local before = user_memory()
    local held, measured = 0
    local server
    server = sss.serve("127.0.0.1:0", function(client)
        held = held + 1
        local line = client:receive()
        while line do
            if line == "measure\n" then measured = (user_memory() - before) / held end
            client:send(line)
            line = client:receive()
        end
        held = held - 1
    end)
    local address = tostring(server:address())
    local process = t.child.start(clients:format(BUSY),
        { args = ("%s %d"):format(address, COUNT) })
    t.after(function() process:kill() end)
    -- Reading the child's output would stop this process: wait for the measurement instead.
    local finish = sss.now() + 200
    while not measured and sss.now() < finish do sss.sleep(0.02) end
    t.ok(measured, "the measurement")
    t.ok(held > COUNT, "connections held: " .. held)
    while held > COUNT / 2 and sss.now() < finish do sss.sleep(0.02) end
    local output, status = process:rest()
    server:stop()
    server:join()
    t.eq(status, 0, output)
    t.match(output, "answers " .. BUSY * 50)
    print(("note %d bytes for each idle connection, of which its coroutine takes %d"):format(measured,
        per_coroutine))
    local most = has_huge_pages() and 2048 or 1024
    t.ok(measured < most, ("%d bytes; %d are allowed"):format(measured, most))
end)

t.run()
