-- SPDX-License-Identifier: BSD-3-Clause
-- Runs each example with PROGRAM and talks to it: docs_examples.lua PROGRAM EXAMPLES FOLDER.

local sss = require "sss"
local report = require "docs_report"
local quote = report.quote
local program, examples, folder = arg[1], arg[2], arg[3]

local used = {}    -- examples that were run
local running = {} -- servers that were started

-- The shell words that run an example with ARGUMENTS.
local function command(script, ...)
    used[script] = true
    local words = {"timeout --foreground 120", quote(program), quote(examples .. "/" .. script)}
    for _, argument in ipairs{...} do
        table.insert(words, quote(tostring(argument)))
    end
    return table.concat(words, " ")
end

local function run(...)
    return report.run(command(...) .. " 2>&1")
end

-- Starts a server; gives the address that it prints, and the rest of its output as a file.
local function start(...)
    local output = io.popen("echo $$; exec " .. command(...) .. " 2>&1")
    table.insert(running, {pid = output:read("*l"), output = output})
    local line = output:read("*l") or "nothing"
    return line:match("^listening on (.+)$") or error("it printed: " .. line), output
end

local function stop_all()
    for _, server in ipairs(running) do
        os.execute("kill " .. server.pid .. " 2>/dev/null")
        server.output:close()
    end
    running = {}
end

local function dial(address)
    return assert(sss.connect(address, {timeout = 60})):settimeout(60)
end

local function same(got, wanted)
    if got ~= wanted then
        error(("got %q, wanted %q"):format(tostring(got), tostring(wanted)):sub(1, 300), 2)
    end
end

-- Sends TEXT, ends that direction, and gives all that comes back.
local function exchange(address, text)
    local sock = dial(address)
    local sender = sss.spawn(function()
        sock:send(text)
        sock:shutdown("write")
    end)
    local answer = sock:receive("a")
    sender:join()
    sock:close()
    return answer
end

local function write(path, text)
    local file = assert(io.open(folder .. "/" .. path, "wb"))
    file:write(text)
    file:close()
end

-- A port of the loopback address that is free now.
local function free_port()
    local sock = sss.listen("127.0.0.1:0")
    local port = sock:getsockname().port
    sock:close()
    return port
end

local cases = {}

function cases.echo_server()
    local address = start("echo_server.lua", "127.0.0.1:0")
    local sock = dial(address)
    sock:send("one\0\r\ntwo\n")
    same(sock:receive("L"), "one\0\r\n")
    same(sock:receive("L"), "two\n")
    local many = ("a line of the many that there are\n"):rep(20000)
    same(exchange(address, many), many)
end

function cases.echo_server_in_moonscript()
    local address, output = start("echo_server.moon", "127.0.0.1:0")
    same(exchange(address, "one\ntwo\n"), "1: one\n2: two\n")
    same(output:read("*l"), "a client has sent 2 lines")
    same(exchange(address, ""), "")
    same(output:read("*l"), "a client has sent 0 lines")
end

function cases.line_client()
    local address = start("echo_server.lua", "127.0.0.1:0")
    local output, status = report.run("printf 'hello\\nworld\\n' | " .. command("line_client.lua", address))
    same(output, "hello\nworld\n")
    same(status, 0)
    output, status = run("line_client.lua", "127.0.0.1:" .. free_port())
    same(output:match("Connection refused") or output, "Connection refused")
    same(status, 1)
end

function cases.udp_echo()
    local address = start("udp_echo.lua", "127.0.0.1:0")
    same(run("udp_client.lua", address, "hello"), "hello\n")
    same(run("udp_client.lua", address), "ping\n")
    local sock = sss.socket("inet", "dgram"):settimeout(60):connect(address)
    sock:send("")
    same(sock:recv(), "")
end

function cases.unix_socket()
    local path = folder .. "/x.sock"
    local output, status = run("unix_socket.lua", path)
    same(output, "listening on unix:" .. path .. "\nhello\tHELLO\nworld\tWORLD\n")
    same(status, 0)
    same(io.open(path), nil)
end

local function get(address, target, method)
    local head, body = exchange(address, (method or "GET") .. " " .. target .. " HTTP/1.0\r\nHost: x\r\n\r\n")
        :match("^(.-)\r\n\r\n(.*)$")
    return head, body
end

function cases.http_file_server()
    os.execute("mkdir -p " .. quote(folder .. "/www/sub"))
    local big = ("0123456789abcdef"):rep(200000)
    write("secret", "secret")
    write("www/index.html", "<p>index\n")
    write("www/a b.txt", "a b")
    write("www/empty", "")
    write("www/big", big)
    os.execute("mkfifo " .. quote(folder .. "/www/pipe"))
    local address = start("http_file_server.lua", "127.0.0.1:0", folder .. "/www")
    local function is(target, wanted, method)
        local head, body = get(address, target, method)
        same(head, wanted and "HTTP/1.0 200 OK" or "HTTP/1.0 404 Not Found")
        same(body, wanted or "not found\n")
    end
    is("/", "<p>index\n")
    is("/a%20b.txt?x=1", "a b")
    is("/empty", "")
    is("/big", big)
    for _, target in ipairs{"/none", "/sub", "/sub/", "/../secret", "/sub/../../secret", "/%2e%2e/secret",
                            "/..%2fsecret", "/..", "/..%00/", "secret", "//../secret", "*"} do
        is(target, nil)
    end
    is("/pipe", "") -- nobody writes to it: that is not waited for
    is("/big", nil, "POST")
    same(exchange(address, "\0\1\2"):match("^%S+ %d+"), "HTTP/1.0 404")
end

-- On an address that nobody else uses: other programs get no visit.
function cases.port_scanner()
    local host = "127.77.0.1"
    local sock = sss.listen(host .. ":0")
    local port = sock:getsockname().port
    local output, status = run("port_scanner.lua", host, port, port)
    same(output, "1 open: " .. port .. "\n")
    same(status, 0)
    output = run("port_scanner.lua", host, port - 150, math.min(port + 150, 65535))
    same(output:match("%f[%d]" .. port .. "%f[%D]") or output, tostring(port))
    sock:close()
    same(run("port_scanner.lua", host, port, port), "0 open: \n")
    sock = sss.listen("127.0.0.1:0")
    port = sock:getsockname().port
    same(run("port_scanner.lua", "localhost", port, port), "1 open: " .. port .. "\n")
    sock:close()
end

function cases.chat_server()
    local address = start("chat_server.lua", "127.0.0.1:0")
    local function join(name)
        local sock = dial(address)
        same(sock:receive("l"), "Your name?")
        return sock:send(name .. "\n") and sock
    end
    local ann, bob = join("ann"), join("bob")
    same(ann:receive("l"), "bob is here")
    ann:send("good morning\n")
    same(bob:receive("l"), "ann: good morning")
    bob:setsockopt("linger", {on = true, seconds = 0}):close() -- a reset
    same(ann:receive("l"), "bob has left")
end

-- More clients than calls in a row that need not wait.
function cases.chat_of_many()
    local address, count = start("chat_server.lua", "127.0.0.1:0"), 120
    local guests, talks = {}, {}
    for i = 1, count do
        guests[i] = dial(address)
        same(guests[i]:receive("l"), "Your name?")
        guests[i]:send(i .. "\n")
    end
    for i, guest in ipairs(guests) do
        for _ = i + 1, count do same(guest:receive("l"):match("is here"), "is here") end
    end
    for i, guest in ipairs(guests) do
        talks[i] = sss.spawn(function()
            guest:send("hello\n")
            for _ = 2, count do same(guest:receive("l"):match(": hello"), ": hello") end
        end)
    end
    for _, talk in ipairs(talks) do talk:join() end
end

-- A page of HTML with links to PATHS, as a file.
local function write_page(name, ...)
    local links = {}
    for _, path in ipairs{...} do
        table.insert(links, '<a href="' .. path .. '">x</a>')
    end
    write("site/" .. name, table.concat(links, "\n"))
end

local function sorted_lines(text)
    local lines = {}
    for line in text:gmatch("[^\n]+") do table.insert(lines, line) end
    table.sort(lines)
    return table.concat(lines, "\n")
end

function cases.crawler()
    os.execute("mkdir -p " .. quote(folder .. "/site"))
    write_page("index.html", "/a.html", "/b.html", "/a.html#part", "http://elsewhere/")
    write_page("a.html", "/", "/b.html", "/none.html")
    local many = {}
    for i = 1, 40 do
        many[i] = "/" .. i .. ".html"
        write_page(i .. ".html", "/b.html", "/a.html", "/" .. i + 1 .. ".html")
    end
    write_page("b.html", unpack(many))
    local address = start("http_file_server.lua", "127.0.0.1:0", folder .. "/site")
    local wanted = {"/\t200", "/a.html\t200", "/b.html\t200", "/none.html\t404", "/41.html\t404"}
    for i = 1, 40 do table.insert(wanted, "/" .. i .. ".html\t200") end
    local output, status = run("crawler.lua", address)
    same(sorted_lines(output), sorted_lines(table.concat(wanted, "\n")))
    same(status, 0)
    output = run("crawler.lua", "127.0.0.1:" .. free_port())
    same(output:match("^/\tfailed: connect.*Connection refused"), output:sub(1, -2))
end

-- Sends a signal to the server that was started last.
local function signal(name)
    os.execute("kill -" .. name .. " " .. running[#running].pid)
end

-- The rest of what the server that was started last prints, and its exit status.
local function ending()
    local output = table.remove(running).output
    local text = output:read("*a")
    return text, select(3, output:close())
end

local function wait_for_refusal(address)
    local ok, sock
    repeat
        ok, sock = pcall(sss.connect, address)
        if ok then sock:close() end
        sss.sleep(0.01)
    until not ok
    return sock.code == "ECONNREFUSED"
end

function cases.graceful_server()
    local address = start("graceful_server.lua", "127.0.0.1:0")
    local sock = dial(address)
    sock:send("one\ntwo\n")
    same(sock:receive("l"), "ONE")
    signal("TERM")
    same(running[#running].output:read("*l"), "TERM: finishing")
    same(sss.timeout(60, wait_for_refusal, address), true)
    same(sock:receive("l"), "TWO") -- the answers that are due still come
    sock:send("three\n")
    sock:shutdown("write")
    same(sock:receive("a"), "THREE\n")
    local output, status = ending()
    same(output, "finished\n")
    same(status, 0)
end

function cases.graceful_server_ends_idle_clients()
    local sock = dial((start("graceful_server.lua", "127.0.0.1:0", 0.2)))
    sock:send("one\n")
    same(sock:receive("l"), "ONE")
    signal("INT")
    same(sock:receive("a"), "")
    local output, status = ending()
    same(output, "INT: finishing\nfinished\n")
    same(status, 0)
end

function cases.graceful_server_signalled_twice()
    local sock = dial((start("graceful_server.lua", "127.0.0.1:0")))
    sock:send("one\n")
    same(sock:receive("l"), "ONE")
    signal("TERM")
    same(running[#running].output:read("*l"), "TERM: finishing")
    signal("TERM")
    local output, status = ending()
    same(output, "")
    same(status == 0, false)
end

function cases.worker_pool()
    local sock = sss.listen("127.0.0.1:0")
    local up, down = tostring(sock:getsockname()), "127.0.0.1:" .. free_port()
    local words = {}
    for i = 1, 30 do words[i] = i % 3 == 0 and down or up end
    local output, status = run("worker_pool.lua", unpack(words))
    same(select(2, output:gsub(up .. "\tup\t%d+%.%d+ s\n", "")), 20)
    same(select(2, output:gsub(down .. "\tconnect " .. down .. ": Connection refused\t", "")), 10)
    same(status, 0)
    output, status = run("worker_pool.lua")
    same(output, "")
    same(status, 0)
end

function cases.pub_sub()
    local address = start("pub_sub.lua", "127.0.0.1:0")
    local ann, bob, press = dial(address), dial(address), dial(address)
    ann:send("sub news\nsub ann\npub ann 1\n")
    same(ann:receive("l"), "ann 1")
    bob:send("sub news\nsub bob\npub bob 2\n")
    same(bob:receive("l"), "bob 2")
    press:send("pub none nobody gets this\npub news  hello\n")
    same(ann:receive("l"), "news  hello")
    same(bob:receive("l"), "news  hello")
    bob:setsockopt("linger", {on = true, seconds = 0}):close() -- a reset
    ann:send("leave\nsub other\npub other now\n")
    same(ann:receive("l"), "other now")
    press:send(("pub news again\n"):rep(2000) .. "pub other last\n")
    same(ann:receive("l"), "other last")
    press:send("nonsense\n")
    same(press:receive("a"), "")
end

function cases.tcp_proxy()
    local echo = start("echo_server.lua", "127.0.0.1:0")
    local address = start("tcp_proxy.lua", "127.0.0.1:0", echo)
    local many = ("another line\n"):rep(50000)
    same(exchange(address, many), many)
    dial(address):setsockopt("linger", {on = true, seconds = 0}):close()
    same(exchange(address, "and again\n"), "and again\n")
end

function cases.timeout()
    local output, status = run("timeout.lua")
    same(output, "nil\ttimeout\nhalf a line\nnil\ttimeout\n")
    same(status, 0)
end

function cases.seed()
    local port, ok, output
    for _ = 1, 5 do -- somebody else may take the port in between
        port = free_port()
        ok, output = pcall(function() return select(2, start("seed.lua", port)) end)
        if ok then break end
    end
    local sock = dial("127.0.0.1:" .. port)
    sock:send("hello\n")
    same(sock:receive("a"), "hello\n")
    same(output:read("*l"), "from 127.0.0.1: hello")
end

function cases.demo()
    local output, status = run("demo.lua")
    same(output:gsub(":%d+", ":PORT"), [[
listening on 127.0.0.1:PORT
> hello
< hello
> is anybody there?
< is anybody there?
> goodbye
< goodbye
the echo server has been ended
]])
    same(status, 0)
    write("demo.lua", report.read(examples .. "/demo.lua")) -- alone: there is no server to start
    output, status = report.run(quote(program) .. " " .. quote(folder .. "/demo.lua") .. " 2>&1")
    same(status, 1)
    same(output:match("the echo server did not start"), "the echo server did not start")
end

for name, case in pairs(cases) do
    local ok, problem = pcall(case)
    pcall(stop_all)
    report.check("example " .. name, ok, problem)
end
for _, script in ipairs(report.scripts(examples)) do
    report.check(script .. " is run", used[script])
end
report.exit()
